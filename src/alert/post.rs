//! A POST by HTTP/1.1 (RFC 9112), with TLS or without, that takes a few seconds at most.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::settings::Webhook;

/// How long connecting, sending and the answer may take each.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer that are looked at for its status.
const STATUS_LINE: usize = 512;

/// Posts to one address.
pub(super) struct Poster {
    to: Webhook,
    /// Where TLS is spoken.
    tls: Option<Arc<ClientConfig>>,
}

impl Poster {
    pub(super) fn new(to: Webhook) -> io::Result<Self> {
        let tls = to.is_secure().then(tls).transpose()?;
        Ok(Poster { to, tls })
    }

    /// Posts a JSON text. Fails unless the answer is a success.
    pub(super) fn post(&self, json: &str) -> io::Result<()> {
        let stream = self.connect()?;
        match &self.tls {
            None => exchange(stream, &self.to, json),
            Some(tls) => {
                let name = ServerName::try_from(self.to.host().to_owned());
                let name = name.map_err(io::Error::other)?;
                let connection = ClientConnection::new(Arc::clone(tls), name);
                let connection = connection.map_err(io::Error::other)?;
                exchange(StreamOwned::new(connection, stream), &self.to, json)
            }
        }
    }

    fn connect(&self) -> io::Result<TcpStream> {
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for address in (self.to.host(), self.to.port()).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE))?;
                    stream.set_write_timeout(Some(PATIENCE))?;
                    return Ok(stream);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

/// TLS as the certificates of this system have it.
fn tls() -> io::Result<Arc<ClientConfig>> {
    let mut roots = RootCertStore::empty();
    let (added, _) =
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if added == 0 {
        return Err(io::Error::other("this system has no root certificates"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    Ok(Arc::new(
        config.with_root_certificates(roots).with_no_client_auth(),
    ))
}

fn exchange(mut stream: impl Read + Write, to: &Webhook, json: &str) -> io::Result<()> {
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ivr111\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        to.path(),
        to.authority(),
        json.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(json.as_bytes())?;
    stream.flush()?;
    let end = Instant::now() + PATIENCE;
    let (mut answer, mut length) = ([0; STATUS_LINE], 0);
    while !answer.iter().take(length).any(|byte| *byte == b'\n') && Instant::now() < end {
        let rest = answer.get_mut(length..).unwrap_or_default();
        match stream.read(rest)? {
            0 => break,
            read => length += read,
        }
    }
    let line = answer.split(|byte| *byte == b'\n').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default());
    let status = line.split(' ').nth(1).unwrap_or_default();
    match status.len() == 3 && status.starts_with('2') && line.starts_with("HTTP/1.") {
        true => Ok(()),
        false => Err(io::Error::other("it does not answer with success")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;
    use std::net::TcpListener;

    use super::*;

    /// What somebody sees who answers one request so.
    fn posted(answer: &'static str) -> (io::Result<()>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = io::BufReader::new(stream);
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                reader.read_line(&mut head).unwrap();
            }
            let mut body = [0; 2];
            reader.read_exact(&mut body).unwrap();
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            head + &String::from_utf8_lossy(&body)
        });
        let to = format!("http://127.0.0.1:{port}/hook?a=1");
        let poster = Poster::new(to.parse().unwrap()).unwrap();
        let result = poster.post("{}");
        (result, server.join().unwrap())
    }

    #[test]
    fn a_text_is_posted_whole_and_taken_with_success() {
        let (result, seen) = posted("HTTP/1.1 204 No Content\r\n\r\n");
        result.unwrap();
        assert!(seen.starts_with("POST /hook?a=1 HTTP/1.1\r\nHost: 127.0.0.1:"));
        assert!(seen.contains("Content-Length: 2\r\n") && seen.ends_with("\r\n\r\n{}"));
    }

    #[test]
    fn anything_but_success_is_a_failure() {
        for answer in [
            "HTTP/1.1 500 No\r\n\r\n",
            "HTTP/1.1 302 Moved\r\n\r\n",
            "nonsense 200\n",
            "",
        ] {
            assert!(posted(answer).0.is_err(), "{answer}");
        }
    }
}
