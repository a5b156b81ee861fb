//! A browser without a screen, which looks at a page as people do.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::program::Program;

/// It has so long for each thing that it is asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of its own, in which it works and keeps its profile.
pub struct Browser(tempfile::TempDir);

impl Browser {
    pub fn new() -> Self {
        Browser(tempfile::tempdir().unwrap())
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    fn url(&self, file: &str) -> String {
        format!("file://{}", self.folder().join(file).display())
    }

    /// Runs it until it ends by itself; gives what it printed.
    fn run(&self, arguments: &[String]) -> String {
        let printed = self.folder().join("printed");
        let mut command = Command::new("chromium");
        command
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
            ])
            .args([
                "--no-first-run",
                "--disable-background-networking",
                "--disable-sync",
            ])
            .args(["--disable-component-update", "--hide-scrollbars"])
            .arg("--allow-file-access-from-files")
            .arg(format!(
                "--user-data-dir={}",
                self.folder().join("profile").display()
            ))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(&printed).unwrap())
            .stderr(Stdio::null());
        let mut browser = Program::start(&mut command);
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = browser.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < until,
                "the browser is not done: {arguments:?}"
            );
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{status}: {arguments:?}");
        std::fs::read_to_string(printed).unwrap()
    }

    /// Takes a picture of a file in the folder.
    pub fn picture(&self, file: &str, (width, height): (u32, u32)) -> Png {
        let picture = self.folder().join("picture.png");
        let _ = std::fs::remove_file(&picture);
        self.run(&[
            format!("--screenshot={}", picture.display()),
            format!("--window-size={width},{height}"),
            self.url(file),
        ]);
        Png::of(std::fs::read(picture).unwrap())
    }

    /// The document of a file in the folder, after its scripts have run in a window so wide.
    pub fn document(&self, file: &str, width: u32) -> String {
        self.run(&[
            "--virtual-time-budget=10000".to_owned(),
            format!("--window-size={width},1000"),
            "--dump-dom".to_owned(),
            self.url(file),
        ])
    }

    /// Prints a file in the folder on paper; gives where.
    pub fn print(&self, file: &str) -> PathBuf {
        let printed = self.folder().join("printed.pdf");
        let _ = std::fs::remove_file(&printed);
        self.run(&[
            "--no-pdf-header-footer".to_owned(),
            format!("--print-to-pdf={}", printed.display()),
            self.url(file),
        ]);
        printed
    }
}

/// A picture.
pub struct Png {
    pub size: (u32, u32),
    pub bytes: Vec<u8>,
}

impl Png {
    /// Reads its size from the header (RFC 2083, 4.1.1).
    fn of(bytes: Vec<u8>) -> Self {
        assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
        assert_eq!(&bytes[12..16], b"IHDR");
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        Png {
            size: (number(16), number(20)),
            bytes,
        }
    }
}
