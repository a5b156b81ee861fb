//! Transactions that another process has begun, taken up as far as they were known.

use std::time::Duration;

use rsipstack::sip::{Request, Response, Transport};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;

use crate::mailbox;

use super::super::error::SipError;
use super::super::transaction::{self, Reply, ServerInvite};
use super::{Hop, Wire};

impl Wire {
    /// Waits for what comes back for an INVITE that has gone out under the Via at its top. `patience` is for
    /// the first response.
    pub(in crate::sip) fn await_replies(
        &self,
        invite: Request,
        hop: &Hop,
        patience: Duration,
    ) -> Result<mailbox::Receiver<Reply>, SipError> {
        let key = TransactionKey::from_request(&invite, TransactionRole::Client)?;
        let endpoint = self.inner.endpoint.clone();
        let mut transaction = Transaction::new_client(key, invite, endpoint, None);
        transaction.destination = Some(SipAddr::new(hop.transport, hop.address.into()));
        let refusals = self.inner.refusals.subscribe();
        let replies = transaction::await_client(transaction, hop.address, refusals, patience);
        Ok(replies)
    }

    /// Answers an INVITE once more, until the ACK comes: the answer before may not have arrived, or the ACK
    /// may have gone astray. Only by UDP: a connection ends with the process, and with it the INVITE.
    pub(in crate::sip) async fn answer_again(
        &self,
        invite: Request,
        response: Response,
        hop: &Hop,
    ) -> Result<ServerInvite, SipError> {
        if hop.transport != Transport::Udp {
            return Err(SipError::NoListener(hop.transport.to_string()));
        }
        let inner = &self.inner.endpoint;
        let target = SipAddr::new(hop.transport, hop.address.into());
        let (connection, target) = inner.transport_layer.lookup(&target, None).await?;
        let key = TransactionKey::from_request(&invite, TransactionRole::Server)?;
        let mut transaction = Transaction::new_server(key, invite, inner.clone(), Some(connection));
        transaction.destination = Some(target);
        let server = ServerInvite::drive(transaction);
        server.respond(response);
        Ok(server)
    }
}
