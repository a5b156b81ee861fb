//! Many callers who wait, each with a number of their own.

use std::net::UdpSocket;

use super::network;
use super::sipp::{Scenario, Sipp};

/// A caller of a crowd: the number, and whether they call for somebody under five or over 85.
pub type Member = (String, bool);

/// Dropping it ends them all without a word.
pub struct Crowd {
    pub sipp: Sipp,
    /// Where their sound goes: nobody listens.
    _sink: UdpSocket,
    /// Held for the list of callers in it.
    _folder: tempfile::TempDir,
}

impl Crowd {
    /// They call 111 at a server, so many a second, choose symptoms and the first region, and stay until the
    /// server hangs up.
    pub fn calls(server: &str, members: &[Member], a_second: u32) -> Self {
        network::enter();
        let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
        let folder = tempfile::TempDir::new().unwrap();
        let list = folder.path().join("callers.csv");
        let lines = members.iter().map(|(number, urgent)| {
            let age = if *urgent { 1 } else { 2 };
            format!("{number};{age}\n")
        });
        std::fs::write(&list, format!("SEQUENTIAL\n{}", lines.collect::<String>())).unwrap();
        let count = members.len().to_string();
        let sipp = Sipp::run(&Scenario {
            file: "caller_waits.xml",
            to: Some(server),
            keys: vec![
                ("from", "[field0]".to_owned()),
                ("age", "[field1]".to_owned()),
                ("region", "1".to_owned()),
                ("rtp", sink.local_addr().unwrap().port().to_string()),
            ],
            more: vec![
                "-m",
                &count,
                // All at once; SIPp's own limit is lower.
                "-l",
                &count,
                "-r",
                &a_second.to_string(),
                "-inf",
                list.to_str().unwrap(),
            ],
            ..Scenario::default()
        });
        Crowd {
            sipp,
            _sink: sink,
            _folder: folder,
        }
    }
}
