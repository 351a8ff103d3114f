use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::sink::Say;

type Calls = Rc<RefCell<Vec<Vec<u32>>>>;

/// Refuses its first calls, then takes one item of each call, or all.
struct Fake {
    calls: Calls,
    refusals: usize,
}

impl Carrier for Fake {
    type Item = u32;
    const BOUNDS: Bounds = Bounds { items: 3, bytes: 10, bytes_each: 1, gather: Duration::from_millis(1) };

    async fn carry(&mut self, items: &mut Vec<u32>) -> Result<(), String> {
        self.calls.borrow_mut().push(items.clone());
        if self.refusals > 0 {
            self.refusals -= 1;
            return Err("refused".to_owned());
        }
        items.clear();
        Ok(())
    }
}

/// What was carried in which calls, and what the sink counted, after `offers` (item, bytes) and a close.
fn check(refusals: usize, room: usize, offers: &[(u32, usize)]) -> (Vec<Vec<u32>>, u64, u64, Vec<bool>) {
    let say: Say = Arc::new(|_: &str| {});
    let sink = Sink::new("test", &say);
    let calls = Calls::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let taken = tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut lanes = Lanes::new();
        let carrier = Fake { calls: Rc::clone(&calls), refusals };
        let lane = lanes.open(carrier, Budget::new(room), Arc::clone(&sink));
        let taken: Vec<bool> = offers.iter().map(|(item, bytes)| lane.offer(*item, *bytes)).collect();
        // Longer than all pauses together: time passes at once where everybody waits.
        sleep(Duration::from_secs(600)).await;
        drop(lane);
        lanes.close().await;
        taken
    });
    let calls = calls.borrow().clone();
    (calls, sink.delivered_count(), sink.dropped_count(), taken)
}

const ROOM: usize = 1 << 20;

#[test]
fn batches_are_in_order_and_within_the_bounds() {
    let offers = [(1, 1), (2, 1), (3, 1), (4, 8), (5, 1), (6, 100)];
    let (calls, delivered, dropped, _) = check(0, ROOM, &offers);
    assert_eq!(calls, [vec![1, 2, 3], vec![4], vec![5], vec![6]]);
    assert_eq!((delivered, dropped), (6, 0));
}

#[test]
fn what_is_refused_is_brought_again_before_what_follows() {
    let (calls, delivered, dropped, _) = check(2, ROOM, &[(1, 1), (2, 9)]);
    assert_eq!(calls, [vec![1], vec![1], vec![1], vec![2]]);
    assert_eq!((delivered, dropped), (2, 0));
}

#[test]
fn what_is_always_refused_is_dropped_and_counted() {
    let (calls, delivered, dropped, _) = check(ATTEMPTS_MAX as usize, ROOM, &[(1, 1), (2, 1)]);
    assert_eq!(calls, vec![vec![1, 2]; ATTEMPTS_MAX as usize]);
    assert_eq!((delivered, dropped), (0, 2));
}

#[test]
fn what_finds_no_room_is_not_taken() {
    let room = 2 * (OVERHEAD_BYTES + 1);
    let (calls, delivered, _, taken) = check(0, room, &[(1, 1), (2, 1), (3, 1)]);
    assert_eq!(taken, [true, true, false]);
    assert_eq!((calls, delivered), (vec![vec![1, 2]], 2));
}

#[test]
fn at_the_end_each_batch_is_attempted_once() {
    let say: Say = Arc::new(|_: &str| {});
    let sink = Sink::new("test", &say);
    let calls = Calls::default();
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let mut lanes = Lanes::new();
        let carrier = Fake { calls: Rc::clone(&calls), refusals: 1 };
        let lane = lanes.open(carrier, Budget::new(ROOM), Arc::clone(&sink));
        assert!(lane.offer(1, 9) && lane.offer(2, 9));
        drop(lane);
        lanes.close().await;
    });
    assert_eq!(*calls.borrow(), [vec![1], vec![2]]);
    assert_eq!((sink.delivered_count(), sink.dropped_count()), (1, 1));
}
