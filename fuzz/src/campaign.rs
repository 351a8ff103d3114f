//! The search: inputs are changed, fed and measured; what is answered in a new way or is the dearest of its
//! size stays, to be changed again.
//!
//! INVARIANT: the input that is being fed lies in a file, so that even one that ends the process is known.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::measure::{CPU_MAX, Cost, End, HELD_BYTES_MAX, INPUT_BYTES_MAX, measured};
use crate::mutation::mutate;
use crate::random::Random;
use crate::target::{Feeder, Target};
use crate::{corpus, words};

/// LIMIT: inputs that are kept for changing.
const POOL_MAX: usize = 4_096;
/// LIMIT: findings that are written down; a target with more has one cause for many.
const FINDINGS_MAX: usize = 40;
/// An input that takes this long by the clock on the wall never ends.
const HANG: Duration = Duration::from_secs(60);
/// The file of the input that is being fed.
pub const CURRENT: &str = "current";

/// What a run is asked to do.
pub struct Plan {
    pub target: Target,
    pub time: Duration,
    pub seed: u64,
    /// Findings and the current input go here.
    pub folder: PathBuf,
}

/// What a run found out.
pub struct Outcome {
    pub inputs: u64,
    pub kept: usize,
    pub slowest: Duration,
    pub largest: usize,
    pub findings: Vec<PathBuf>,
}

/// What is wrong with how an input ended, if anything.
pub fn verdict(end: &End, cost: Cost) -> Option<String> {
    match end {
        End::Panic(said) => Some(said.clone()),
        End::Answer(_) if cost.held_bytes > HELD_BYTES_MAX => {
            Some(format!("held {} bytes, expected at most {HELD_BYTES_MAX}", cost.held_bytes))
        }
        End::Answer(_) if cost.cpu > CPU_MAX => {
            Some(format!("took {} ms, expected at most {}", cost.cpu.as_millis(), CPU_MAX.as_millis()))
        }
        End::Answer(_) => None,
    }
}

pub fn run(plan: &Plan) -> Result<Outcome> {
    fs::create_dir_all(&plan.folder)?;
    let watched = watch(plan.folder.join(CURRENT));
    let mut search = Search::new(plan)?;
    let until = Instant::now() + plan.time;
    for seed in corpus::kept(plan.target)?.into_iter().chain(corpus::beside(plan.target)) {
        search.feed(seed.input, &watched)?;
    }
    while Instant::now() < until && search.outcome.findings.len() < FINDINGS_MAX {
        let input = search.next();
        search.feed(input, &watched)?;
    }
    fs::remove_file(plan.folder.join(CURRENT)).context("the file of the current input is there")?;
    search.outcome.kept = search.pool.len();
    Ok(search.outcome)
}

struct Search<'p> {
    plan: &'p Plan,
    feeder: Feeder,
    words: Vec<&'static str>,
    random: Random,
    pool: Vec<Vec<u8>>,
    answers: HashSet<u64>,
    /// By magnitude of input: the most that one took, in time and bytes.
    dearest: HashMap<u32, Cost>,
    seen: HashSet<u64>,
    outcome: Outcome,
}

impl<'p> Search<'p> {
    fn new(plan: &'p Plan) -> Result<Search<'p>> {
        let outcome =
            Outcome { inputs: 0, kept: 0, slowest: Duration::ZERO, largest: 0, findings: Vec::new() };
        Ok(Search {
            plan,
            feeder: plan.target.open()?,
            words: words::of(plan.target),
            random: Random::new(plan.seed),
            pool: vec![Vec::new()],
            answers: HashSet::new(),
            dearest: HashMap::new(),
            seen: HashSet::new(),
            outcome,
        })
    }

    fn next(&mut self) -> Vec<u8> {
        // What came last is what the search has just learned of.
        let at = match self.random.one_in(2) {
            true => self.pool.len() - 1 - self.random.skewed(self.pool.len() - 1),
            false => self.random.below(self.pool.len()),
        };
        let mut input = self.pool[at].clone();
        let others = [&*self.pool[self.random.below(self.pool.len())]];
        mutate(&mut input, &others, &self.words, &mut self.random);
        input
    }

    fn feed(&mut self, input: Vec<u8>, watched: &Watched) -> Result<()> {
        fs::write(self.plan.folder.join(CURRENT), &input)?;
        let feeder = &self.feeder;
        watched.begin();
        let (end, cost) = measured(|| feeder.feed(&input));
        // A cause from outside may have slowed one run of it, but hardly three.
        let cost = match cost.cpu > CPU_MAX {
            true => (0..2).fold(cost, |least, _| {
                let (_, again) = measured(|| feeder.feed(&input));
                Cost { cpu: least.cpu.min(again.cpu), ..least }
            }),
            false => cost,
        };
        watched.end();
        if let Feeder::Request(door) = feeder {
            door.refresh()?;
        }
        self.outcome.inputs += 1;
        self.outcome.slowest = self.outcome.slowest.max(cost.cpu);
        self.outcome.largest = self.outcome.largest.max(cost.held_bytes);
        if let Some(wrong) = verdict(&end, cost) {
            return self.write_down(&input, &end, &wrong);
        }
        if self.is_worth_keeping(&input, &end, cost) {
            if self.pool.len() >= POOL_MAX {
                let at = self.random.below(self.pool.len());
                self.pool.swap_remove(at);
            }
            self.pool.push(input);
        }
        Ok(())
    }

    fn is_worth_keeping(&mut self, input: &[u8], end: &End, cost: Cost) -> bool {
        let End::Answer(answer) = end else { return false };
        let is_new = self.answers.insert(hash(answer));
        let dearest = self.dearest.entry(input.len().ilog2_or_zero()).or_default();
        // A tenth more is more: less than that is noise.
        let is_dearer = cost.cpu > dearest.cpu * 11 / 10 || cost.held_bytes > dearest.held_bytes * 11 / 10;
        if is_dearer {
            dearest.cpu = dearest.cpu.max(cost.cpu);
            dearest.held_bytes = dearest.held_bytes.max(cost.held_bytes);
        }
        is_new || is_dearer
    }

    /// One file for each kind of finding: panics by their place, the others by how the input is answered.
    fn write_down(&mut self, input: &[u8], end: &End, wrong: &str) -> Result<()> {
        let kind = match end {
            End::Panic(said) => hash(&said.lines().next()),
            End::Answer(answer) => hash(&(answer, wrong.split(' ').next())),
        };
        if self.seen.insert(kind) {
            let path = self.plan.folder.join(format!("finding-{kind:016x}"));
            fs::write(&path, input)?;
            fs::write(path.with_extension("txt"), format!("{wrong}\n"))?;
            self.outcome.findings.push(path);
        }
        Ok(())
    }
}

trait Magnitude {
    fn ilog2_or_zero(self) -> u32;
}

impl Magnitude for usize {
    fn ilog2_or_zero(self) -> u32 {
        self.min(INPUT_BYTES_MAX).checked_ilog2().unwrap_or(0)
    }
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}

/// Tells the watch when an input began, in milliseconds; 0 between inputs.
struct Watched {
    since: Arc<AtomicU64>,
    origin: Instant,
    /// The watch ends when this is gone.
    _alive: mpsc::Sender<()>,
}

impl Watched {
    fn begin(&self) {
        self.since.store(self.origin.elapsed().as_millis() as u64 + 1, Ordering::Relaxed);
    }

    fn end(&self) {
        self.since.store(0, Ordering::Relaxed);
    }
}

/// Ends the process if an input does not; the file of the current input tells which.
fn watch(current: PathBuf) -> Watched {
    let (alive, ended) = mpsc::channel();
    let watched = Watched { since: Arc::default(), origin: Instant::now(), _alive: alive };
    let (since, origin) = (Arc::clone(&watched.since), watched.origin);
    std::thread::spawn(move || {
        while ended.recv_timeout(Duration::from_secs(1)) == Err(mpsc::RecvTimeoutError::Timeout) {
            let began = since.load(Ordering::Relaxed);
            if began != 0 && origin.elapsed() > Duration::from_millis(began) + HANG {
                hung(&current);
            }
        }
    });
    watched
}

#[expect(clippy::print_stderr, reason = "the last word of a process that an input has stopped")]
fn hung(current: &Path) -> ! {
    eprintln!("no end after {} s: {}", HANG.as_secs(), current.display());
    std::process::exit(70)
}
