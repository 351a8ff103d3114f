//! Which processors the server gets and which the load: never the same ones.

use anyhow::{Context, Result, bail};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// One way to divide the machine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layout {
    /// Cores of the server + cores of the load.
    pub(crate) name: String,
    pub(crate) server: Vec<usize>,
    pub(crate) client: Vec<usize>,
}

impl Layout {
    fn new(server: &[usize], client: &[usize]) -> Layout {
        let name = format!("{}+{}", server.len(), client.len());
        Layout { name, server: server.to_vec(), client: client.to_vec() }
    }

    /// The main layout, and one in which the load cannot be the bottleneck, if there are cores for that.
    pub(crate) fn all(cpus: &[usize]) -> Result<(Layout, Option<Layout>)> {
        match cpus {
            [a, b, c, d, ..] => {
                Ok((Layout::new(&[*a, *b], &[*c, *d]), Some(Layout::new(&[*a], &[*b, *c, *d]))))
            }
            [a, b, ..] => Ok((Layout::new(&[*a], &[*b]), None)),
            _ => bail!("expected at least 2 processors to keep server and load apart, found {}", cpus.len()),
        }
    }
}

/// The processors that this process may use.
pub(crate) fn allowed() -> Result<Vec<usize>> {
    let set = sched_getaffinity(None).context("cannot ask which processors may be used")?;
    Ok((0..CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect())
}

/// Keeps the calling thread on one processor.
pub(crate) fn pin(cpu: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu);
    sched_setaffinity(None, &set).with_context(|| format!("cannot run on processor {cpu}"))
}

/// As `taskset -c` takes it.
pub(crate) fn list(cpus: &[usize]) -> String {
    cpus.iter().map(usize::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(cpus: &[usize]) -> Option<(String, Option<String>)> {
        let (main, bound) = Layout::all(cpus).ok()?;
        Some((main.name, bound.map(|layout| layout.name)))
    }

    #[test]
    fn server_and_load_share_no_processor() {
        assert_eq!(named(&[0, 1, 2, 3]), Some(("2+2".to_owned(), Some("1+3".to_owned()))));
        assert_eq!(named(&[4, 6, 7]), Some(("1+1".to_owned(), None)));
        assert_eq!(named(&[0]), None);
    }
}
