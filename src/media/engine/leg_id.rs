/// Names a leg of an engine for as long as the engine runs.
//
// Its thread, its place in the port range, and a serial number because places are used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LegId {
    pub(super) thread: u16,
    pub(super) place: usize,
    pub(super) serial: u32,
}
