//! baresip: a softphone as a person would use it, steered over its control socket.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{program::Program, sipp::free_port, sound};

/// A running baresip that speaks a tone and writes down what it hears. Dropping it ends it.
pub struct Baresip {
    /// Held for its end alone.
    _program: Program,
    control: TcpStream,
    seen: String,
    folder: tempfile::TempDir,
}

impl Baresip {
    /// `account` is a line of baresip's account file; `hz` is the tone that it speaks.
    pub fn start(account: &str, hz: f64) -> Self {
        let voice = sound::tone(hz, 8000 * 30, 8000.0);
        Self::speaking(account, &voice)
    }

    /// The same with G.722 and nothing else.
    pub fn wideband(account: &str, hz: f64) -> Self {
        let voice = sound::tone(hz, 8000 * 30, 8000.0);
        let account = format!("{account};audio_codecs=G722");
        Self::with_codec("g722", &account, &voice)
    }

    /// Speaks the given samples, again and again.
    pub fn speaking(account: &str, voice: &[i16]) -> Self {
        Self::with_codec("g711", account, voice)
    }

    fn with_codec(codec: &str, account: &str, voice: &[i16]) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path();
        sound::write_wav(&path.join("voice.wav"), voice);
        let (sip, control) = (free_port(), free_port());
        std::fs::write(path.join("config"), config(path, codec, sip, control)).unwrap();
        std::fs::write(path.join("accounts"), format!("{account}\n")).unwrap();
        std::fs::write(path.join("contacts"), "").unwrap();
        let log = std::fs::File::create(path.join("baresip.log")).unwrap();
        let program = Program::start(
            Command::new("baresip")
                .arg("-f")
                .arg(path)
                .current_dir(path)
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
        );
        let control = connect(control);
        Baresip {
            _program: program,
            control,
            seen: String::new(),
            folder,
        }
    }

    /// Sends a command such as `dial sip:111@127.0.0.1`.
    pub fn command(&mut self, command: &str, parameters: &str) {
        let body = format!("{{\"command\":\"{command}\",\"params\":\"{parameters}\"}}");
        write!(self.control, "{}:{body},", body.len()).unwrap();
    }

    /// Waits for an event such as `CALL_ESTABLISHED`; each is seen once.
    pub fn wait(&mut self, event: &str, limit: Duration) {
        let end = Instant::now() + limit;
        let mut buffer = [0; 4096];
        loop {
            if let Some(at) = self.seen.find(event) {
                self.seen.drain(..at + event.len());
                return;
            }
            assert!(
                Instant::now() < end,
                "baresip: no {event}\n{}\n{}",
                self.seen,
                self.log()
            );
            match self.control.read(&mut buffer) {
                Ok(0) => panic!("baresip has gone\n{}", self.log()),
                Ok(n) => self.seen.push_str(&String::from_utf8_lossy(&buffer[..n])),
                Err(_) => {}
            }
        }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("baresip.log")).unwrap_or_default()
    }

    /// What it has heard, from the newest of its recordings.
    pub fn heard(&self) -> Vec<i16> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with("-dec.wav"))
            .collect();
        files.sort();
        let (rate, samples) = sound::read_wav(files.last().expect("nothing was recorded"));
        match rate {
            8000 => samples,
            // A tone below 4 kHz is still there in every second sample.
            16000 => samples.into_iter().step_by(2).collect(),
            other => panic!("{other} samples/s"),
        }
    }
}

fn config(path: &Path, codec: &str, sip: u16, control: u16) -> String {
    let path = path.display();
    format!(
        "module_path /usr/lib/baresip/modules\n\
         module {codec}.so\nmodule auconv.so\nmodule auresamp.so\nmodule aufile.so\nmodule sndfile.so\n\
         module_app account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n\
         sip_listen 127.0.0.1:{sip}\nctrl_tcp_listen 127.0.0.1:{control}\n\
         audio_source aufile,{path}/voice.wav\naudio_player aufile,{path}/player.wav\n\
         audio_alert aufile,{path}/alert.wav\n\
         ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         snd_path {path}\nrtp_ports 41000-49999\n"
    )
}

fn connect(port: u16) -> TcpStream {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        if let Ok(stream) = TcpStream::connect(("127.0.0.1", port)) {
            let patience = Some(Duration::from_millis(100));
            stream.set_read_timeout(patience).unwrap();
            return stream;
        }
        assert!(Instant::now() < end, "baresip does not answer");
        std::thread::sleep(Duration::from_millis(50));
    }
}
