//! Hundreds of thousands of random things happen to a queue, and after each of them what must hold is
//! worked out from scratch: by a ledger that knows the queue by its actions alone, and by eyes that look
//! at every caller and every handler.

mod dice;
mod index;
mod ledger;
mod naive;
mod world;

use proptest::prelude::*;

use dice::Dice;
use world::World;

#[test]
fn a_million_things_happen() {
    let mut world = World::new(&mut Dice(7));
    let mut dice = Dice(111);
    for step in 1..=1_000_000_u32 {
        let looks = step % 32 == 0;
        world.step(&mut dice, looks);
        if step % 1_000 == 0 {
            index::is_as_if_built_anew(&world.queue);
        }
        if step % 50_000 == 0 {
            world.drain();
        }
    }
    world.has_seen_everything();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn things_happen(first: u64, steps in proptest::collection::vec(any::<u64>(), 0..400)) {
        let mut world = World::new(&mut Dice(first));
        for step in steps {
            world.step(&mut Dice(step), true);
            index::is_as_if_built_anew(&world.queue);
        }
        world.drain();
    }
}
