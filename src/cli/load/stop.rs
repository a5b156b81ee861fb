use tokio::sync::watch;

/// The exit status of a program that an interrupt has ended.
const INTERRUPTED: i32 = 130;

/// Whether the calls are to end before their time: after Ctrl-C. Clones are told alike.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Listens for Ctrl-C. A second one ends the program at once.
    pub(super) fn on_interrupt() -> Stop {
        let (tell, told) = watch::channel(false);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                eprintln!("ending the calls; once more ends at once");
                tell.send_replace(true);
            }
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED);
            }
        });
        Stop(told)
    }

    /// Waits for it.
    pub(super) async fn told(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
