//! Every kept input again, in every test run: none panics, none holds more than it may. Time is not asked
//! here, because a test must not depend on it; `cargo xtask fuzz` does.

#![expect(clippy::unwrap_used, reason = "helpers of tests are outside of what clippy calls a test")]

use fuzz::campaign::verdict;
use fuzz::measure::{Cost, End, INPUT_BYTES_MAX, listen_to_panics, measured};
use fuzz::target::Target;
use fuzz::{corpus, measure};

/// Stack of the server's threads.
const STACK_BYTES: usize = 8 << 20;

// One test for all targets: the count of bytes is one for the whole process.
#[test]
fn kept_inputs_neither_panic_nor_hold_more_than_they_may() {
    let fed = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(replay).unwrap();
    fed.join().unwrap();
}

fn replay() {
    listen_to_panics();
    let mut wrong = Vec::new();
    for target in Target::ALL {
        let feeder = target.open().unwrap();
        let seeds = corpus::kept(target).unwrap();
        assert!(seeds.len() >= 8, "{target:?} has few kept inputs: {}", seeds.len());
        for seed in seeds {
            if seed.input.len() > INPUT_BYTES_MAX {
                wrong.push(format!("{}/{} is too long", target.name(), seed.name));
            }
            let (end, cost) = measured(|| feeder.feed(&seed.input));
            let bytes = Cost { cpu: std::time::Duration::ZERO, ..cost };
            let verdict = verdict(&end, bytes);
            wrong.extend(verdict.map(|verdict| format!("{}/{}: {verdict}", target.name(), seed.name)));
        }
    }
    drop(std::panic::take_hook());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_panic_is_told_with_its_place() {
    let (end, _) = measured(|| panic!("no"));
    assert!(matches!(end, End::Panic(_)));
    assert!(verdict(&end, Cost::default()).is_some());
}

#[test]
fn what_is_dear_is_told() {
    let answer = || End::Answer(String::new());
    let dear = Cost { cpu: measure::CPU_MAX * 2, held_bytes: 0 };
    assert_eq!(verdict(&answer(), dear), Some("took 2000 ms, expected at most 1000".to_owned()));
    let large = Cost { held_bytes: measure::HELD_BYTES_MAX + 1, ..Cost::default() };
    assert_eq!(verdict(&answer(), large), Some("held 67108865 bytes, expected at most 67108864".to_owned()));
    assert_eq!(verdict(&answer(), Cost::default()), None);
}

#[test]
fn repetitions_in_kept_inputs_are_written_out() {
    assert_eq!(
        corpus::expanded(b"a{{TIMES 3 ( TIMES}}b{{TIMES 2 {}{{TIMES 2 x TIMES}} TIMES}}\n"),
        b"a(((b{}xx{}xx"
    );
}
