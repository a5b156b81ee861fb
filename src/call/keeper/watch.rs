use super::super::waiting_room::WaitingRoom;
use super::Keeper;

/// Lets the keeper keep the queue, and lets the node go on by itself where a fault of ours has ended it: no
/// phone may wait for an answer that nobody asks for.
pub(in crate::call) async fn watch(keeper: Keeper, room: WaitingRoom) {
    let kept = tokio::spawn(keeper.keep()).await;
    if let Err(error) = kept {
        tracing::error!(%error, "the queue is no longer shared: restart this node soon");
        metrics::gauge!("ivr111_queue_alone").set(1.0);
        room.alone();
    }
}
