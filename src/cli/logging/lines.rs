use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::settings::LogFormat;

/// Lines that wait to be written; beyond this they are counted and left out.
const WAITING: usize = 8_192;
/// Bytes of a line; what is longer is cut.
const LENGTH: usize = 16_384;
/// How long the end waits for lines that are still to be written.
const LAST: Duration = Duration::from_secs(1);
/// Between two looks whether there is room to say that it is the end.
const PAUSE: Duration = Duration::from_millis(10);

enum Message {
    Line(Vec<u8>),
    /// All before it is written.
    End(SyncSender<()>),
}

/// Where lines are put to be written. Never waits; clones are the same.
#[derive(Clone)]
pub(super) struct Lines {
    waiting: SyncSender<Message>,
    left_out: Arc<AtomicU64>,
}

/// Lines are written until this is dropped, which waits for the last of them, but not for long.
pub(in crate::cli) struct Written(SyncSender<Message>);

/// A way to `out`, which a thread of its own writes to.
pub(super) fn to(
    out: impl Write + Send + 'static,
    format: LogFormat,
) -> io::Result<(Lines, Written)> {
    let (waiting, to_write) = sync_channel(WAITING);
    let lines = Lines {
        waiting: waiting.clone(),
        left_out: Arc::default(),
    };
    let left_out = Arc::clone(&lines.left_out);
    std::thread::Builder::new()
        .name("log".into())
        .spawn(move || write_all(out, &to_write, &left_out, format))?;
    Ok((lines, Written(waiting)))
}

/// Each write is a line: the layer above gives whole ones.
impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let kept = line.get(..LENGTH).unwrap_or(line);
        let mut kept = kept.to_vec();
        if kept.len() < line.len() {
            kept.push(b'\n');
        }
        if self.waiting.try_send(Message::Line(kept)).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("ivr111_log_lines_left_out_total").increment(1);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        let (done, written) = sync_channel(1);
        let until = Instant::now() + LAST;
        while self.0.try_send(Message::End(done.clone())).is_err() {
            if Instant::now() >= until {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        let _ = written.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

fn write_all(
    mut out: impl Write,
    to_write: &Receiver<Message>,
    left_out: &AtomicU64,
    format: LogFormat,
) {
    while let Ok(message) = to_write.recv() {
        match message {
            // A log that nobody can write to is no reason to stop.
            Message::Line(line) => drop(out.write_all(&line)),
            Message::End(done) => {
                let _ = out.flush();
                let _ = done.send(());
            }
        }
        let lost = left_out.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = out.write_all(left_out_line(lost, format).as_bytes());
        }
    }
}

fn left_out_line(lost: u64, format: LogFormat) -> String {
    let said = format!("{lost} lines are left out of the log: nobody read it");
    match format {
        LogFormat::Text => format!("{said}\n"),
        LogFormat::Json => {
            format!("{{\"level\":\"ERROR\",\"fields\":{{\"message\":\"{said}\"}}}}\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::Sender;
    use std::sync::{Condvar, Mutex};

    use super::*;

    /// Somebody who reads nothing until they are let.
    #[derive(Clone, Default)]
    struct Reader(Arc<(Mutex<State>, Condvar)>);

    #[derive(Default)]
    struct State {
        reads: bool,
        has_read: Vec<u8>,
    }

    impl Write for Reader {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let (state, changed) = &*self.0;
            let mut state = changed
                .wait_while(state.lock().unwrap(), |s| !s.reads)
                .unwrap();
            state.has_read.extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Reader {
        fn reads(&self) {
            self.0.0.lock().unwrap().reads = true;
            self.0.1.notify_all();
        }

        fn has_read(&self) -> String {
            String::from_utf8(self.0.0.lock().unwrap().has_read.clone()).unwrap()
        }
    }

    #[test]
    fn a_reader_who_stands_still_holds_nobody_up_and_what_is_left_out_is_counted() {
        let reader = Reader::default();
        let (mut lines, written) = to(reader.clone(), LogFormat::Text).unwrap();
        for n in 0..WAITING + 100 {
            lines.write_all(format!("line {n}\n").as_bytes()).unwrap();
        }
        reader.reads();
        drop(written);
        let read = reader.has_read();
        assert!(read.starts_with("line 0\n"), "{read}");
        // One more may have been taken by the thread before it stood still.
        let said = |lost: usize| read.contains(&format!("{lost} lines are left out"));
        assert!(said(100) || said(99), "{read}");
    }

    #[test]
    fn the_end_waits_for_the_last_line_but_not_for_ever() {
        let (reader, begun) = (Reader::default(), Instant::now());
        let (mut lines, written) = to(reader.clone(), LogFormat::Json).unwrap();
        lines.write_all(b"first\n").unwrap();
        drop(written);
        assert!(begun.elapsed() >= LAST);
        assert_eq!(reader.has_read(), "");
        let (sender, receiver): (Sender<()>, _) = std::sync::mpsc::channel();
        let reader = Reader::default();
        reader.reads();
        let (mut lines, written) = to(reader.clone(), LogFormat::Json).unwrap();
        std::thread::spawn(move || {
            lines.write_all(&vec![b'x'; LENGTH + 5]).unwrap();
            drop(sender);
        });
        let _ = receiver.recv();
        drop(written);
        assert_eq!(reader.has_read().len(), LENGTH + 1);
    }
}
