use super::super::leg::LegEvent;
use super::phone::SDP;
use super::site::{Site, event};
use std::io::Write;
#[tokio::test(flavor = "multi_thread")]
async fn baresip() {
    let mut site = Site::open("127.0.0.0/8").await;
    let address = site.address();
    std::fs::write(
        "/tmp/sip-bs/bs/accounts",
        format!("<sip:1001@{address}>;auth_pass=demo-1001;regint=0\n"),
    )
    .unwrap();
    let log = std::fs::File::create("/tmp/sip-bs/hand.log").unwrap();
    let mut child = std::process::Command::new("baresip")
        .args(["-f", "/tmp/sip-bs/bs", "-s"])
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .stdin(std::process::Stdio::null())
        .spawn()
        .unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let mut control = std::net::TcpStream::connect("127.0.0.1:6020").unwrap();
    let mut say = |c: &str, p: &str| {
        let b = format!("{{\"command\":\"{c}\",\"params\":\"{p}\"}}");
        write!(control, "{}:{b},", b.len()).unwrap();
    };
    say("dial", &format!("sip:*71@{address}"));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    say("dial", &format!("sip:*71@{address}"));
    let mut call = site.call().await;
    println!(
        "{:?} sdp {:?}",
        call.invitation,
        call.invitation.sdp.is_some()
    );
    call.leg.answer(SDP.into());
    let mut n = 0;
    loop {
        let e = event(&mut call.events.1).await;
        println!("{e:?}");
        match e {
            LegEvent::Acknowledged { .. } => {
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                say("transfer", &std::env::var("TO").unwrap());
            }
            LegEvent::Refer { id, .. } => {
                n += 1;
                let how: u16 = std::env::var("HOW").unwrap().parse().unwrap();
                call.leg.refer_reply(id, Ok(()));
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                call.leg.refer_progress(id, 180);
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                call.leg.refer_progress(id, how);
            }
            LegEvent::Ended(_) => break,
            _ => {}
        }
    }
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    child.kill().unwrap();
    child.wait().unwrap();
}
