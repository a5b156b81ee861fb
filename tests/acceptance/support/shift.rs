//! Somebody who takes several calls: signalling by one SIPp, a sound of its own for each call.

use super::rtp::RtpPeer;
use super::sipp::{Scenario, Sipp, free_port};

/// A phone, and its calls in the order in which they come.
pub struct Shift {
    pub sipp: Sipp,
    pub calls: Vec<RtpPeer>,
    pub port: u16,
    /// Held for the list of ports in it.
    _folder: tempfile::TempDir,
}

impl Shift {
    /// Somebody who is called at a port (0 for a free one) so many times, answers, and stays.
    pub fn answers(port: u16, calls: usize, tone: f64) -> Self {
        let contact = "[local_ip]:[local_port];transport=[transport]".to_owned();
        Self::start("phone.xml", port, calls, tone, ("contact", contact))
    }

    /// The same, who hangs up each time so many milliseconds after answering.
    pub fn answers_and_hangs_up(port: u16, calls: usize, hold: u32, tone: f64) -> Self {
        let hold = ("hold", hold.to_string());
        Self::start("phone_hangs_up.xml", port, calls, tone, hold)
    }

    fn start(
        file: &'static str,
        port: u16,
        calls: usize,
        tone: f64,
        key: (&'static str, String),
    ) -> Self {
        let port = match port {
            0 => free_port(),
            port => port,
        };
        let open = || {
            let call = RtpPeer::open();
            call.send_tone(tone);
            call
        };
        let peers: Vec<RtpPeer> = (0..calls).map(|_| open()).collect();
        let folder = tempfile::TempDir::new().unwrap();
        let list = folder.path().join("ports.csv");
        let ports = peers.iter().map(|peer| format!("{}\n", peer.port));
        std::fs::write(&list, format!("SEQUENTIAL\n{}", ports.collect::<String>())).unwrap();
        let sipp = Sipp::run(&Scenario {
            file,
            port,
            keys: vec![
                ("ring", "300".to_owned()),
                ("rtp", "[field0]".to_owned()),
                key,
            ],
            more: vec!["-m", &calls.to_string(), "-inf", list.to_str().unwrap()],
            ..Scenario::default()
        });
        Shift {
            sipp,
            calls: peers,
            port,
            _folder: folder,
        }
    }
}
