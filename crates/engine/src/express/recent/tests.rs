use super::*;

fn recent(executions_max: usize, bytes_max: usize, bytes_of_one_max: usize) -> Recent {
    Recent::within(Bounds { executions_max, bytes_max, bytes_of_one_max })
}

fn uid(number: u64) -> Uid {
    Uid::new(Uid::EXPRESS_SLOTS.start, 1_700_000_000_000 + number as i64, number)
}

fn execution(number: u64, bytes: usize) -> RecentExecution {
    RecentExecution {
        execution: uid(number),
        machine: u128::from(number % 2),
        revision: 1,
        name: "e".into(),
        through: None,
        started_ms: number as i64,
        ended: None,
        batches: vec![vec![0; bytes].into()],
        bytes,
    }
}

/// Begins executions of so many bytes, in order; says which are kept.
fn kept(recent: &Recent, sizes: &[usize]) -> Vec<u64> {
    let numbers = 0..sizes.len() as u64;
    for (number, bytes) in numbers.clone().zip(sizes) {
        recent.begin(execution(number, *bytes));
    }
    numbers.filter(|number| recent.find(uid(*number)).is_some()).collect()
}

#[test]
fn the_oldest_make_room_for_the_newest() {
    assert_eq!(kept(&recent(3, 1_000, 1_000), &[10; 5]), [2, 3, 4]);
    assert_eq!(kept(&recent(10, 100, 100), &[30, 30, 30, 30]), [1, 2, 3]);
    assert_eq!(kept(&recent(10, 100, 100), &[30, 30, 30, 90]), [3]);
}

#[test]
fn one_that_grows_too_large_makes_room_itself() {
    let recent = recent(10, 1_000, 100);
    assert_eq!(kept(&recent, &[60, 60]), [0, 1]);
    assert!(recent.extend(uid(0), None, vec![0; 40].into()));
    assert!(!recent.extend(uid(0), None, vec![0; 1].into()));
    assert!(!recent.extend(uid(0), None, vec![0; 1].into()), "once gone it stays gone");
    assert!(recent.find(uid(0)).is_none());
    assert_eq!(recent.find(uid(1)).unwrap().batches.len(), 1);
    assert_eq!(recent.kept().bytes, 60);
}

#[test]
fn a_machine_lists_its_own_newest_first() {
    let recent = recent(10, 1_000, 1_000);
    kept(&recent, &[1; 6]);
    recent.extend(uid(3), Some((Status::Succeeded, 9)), vec![0; 1].into());
    let started =
        |found: Vec<RecentExecution>| found.iter().map(|found| found.started_ms).collect::<Vec<_>>();
    assert_eq!(started(recent.list(1, |_| true)), [5, 3, 1]);
    assert_eq!(started(recent.list(1, |found| found.status() == Status::Running)), [5, 1]);
    assert_eq!(started(recent.list(7, |_| true)), [0; 0]);
}
