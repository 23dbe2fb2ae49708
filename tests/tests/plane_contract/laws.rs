//! The laws of the Tracker port: as it should be, with readers all over the world, and with answers
//! lost.

use trail_fake_plane::{Fault, On, Route};

use crate::world::{Board, prompt};

async fn well() -> Board {
    Board::quick().await
}

/// Every account reads times of a zone of its own.
async fn abroad() -> Board {
    Board::start(prompt(), 9_000).await
}

/// What is posted is stored, and every third answer says otherwise, or nothing. Refusals arrive: who
/// does not hear that an entry is there already cannot know that it was.
async fn unheard() -> Board {
    let board = Board::quick().await;
    let faults = [
        Fault::StoredThenStatus(500),
        Fault::CutAfter,
        Fault::CutInAnswer,
        Fault::Truncated,
        Fault::Garbage,
    ];
    for (seed, fault) in (1..).zip(faults) {
        for route in [Route::Comments, Route::Items] {
            board
                .fake
                .faults()
                .rate(On::post(route).done(), fault, 80, seed);
        }
    }
    board
}

mod as_it_should_be {
    trail_tests::tracker_contract!(super::well);
}

mod with_readers_abroad {
    trail_tests::tracker_contract!(super::abroad);
}

mod with_answers_lost {
    trail_tests::tracker_contract!(super::unheard);
}
