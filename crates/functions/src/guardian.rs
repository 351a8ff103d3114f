//! The one who survives the server: a shell that knows the process groups of all functions and kills them
//! when its stdin is closed, which the kernel does even for a server that was killed with SIGKILL.
//!
//! Not here: the ordinary end of processes (`life`). Runtime clients end by themselves when their Runtime
//! API is gone, but a handler in an endless loop would not.
//! INVARIANT: a group is known from its start to the moment in which its last process was killed.

use std::cell::RefCell;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::Pid;

/// `+1` and `-1` in lines say that group 1 has begun and ended.
const SCRIPT: &str = r#"
groups=" "
while read -r word; do
    group=${word#?}
    case $word in
        +*) groups="$groups$group " ;;
        -*) groups="${groups%% $group *} ${groups#* $group }" ;;
    esac
done
for group in $groups; do
    kill -s KILL -- "-$group" 2>/dev/null
done
"#;

pub(crate) struct Guardian {
    shell: Result<RefCell<Shell>, Option<std::io::Error>>,
}

struct Shell {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Guardian {
    /// Where nothing is to be guarded, and on a machine without a shell, there is none.
    pub(crate) fn new(is_needed: bool) -> Guardian {
        Guardian { shell: if is_needed { start().map(RefCell::new).map_err(Some) } else { Err(None) } }
    }

    /// Why nobody guards processes that should be guarded.
    pub(crate) fn missing(&self) -> Option<&std::io::Error> {
        self.shell.as_ref().err().and_then(Option::as_ref)
    }

    pub(crate) fn watch(&self, group: Pid) {
        self.say('+', group);
    }

    pub(crate) fn forget(&self, group: Pid) {
        self.say('-', group);
    }

    fn say(&self, sign: char, group: Pid) {
        if let Ok(shell) = &self.shell
            && let Some(stdin) = &mut shell.borrow_mut().stdin
        {
            // A few bytes into a pipe that is always read. Whoever killed the guardian goes without.
            let _ = stdin.write_all(format!("{sign}{}\n", group.as_raw_nonzero()).as_bytes());
        }
    }
}

fn start() -> std::io::Result<Shell> {
    use std::os::unix::process::CommandExt as _;
    let mut child = Command::new("/bin/sh")
        .args(["-c", SCRIPT])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    let stdin = child.stdin.take();
    Ok(Shell { child, stdin })
}

impl Drop for Shell {
    fn drop(&mut self) {
        self.stdin = None;
        // It has nothing left to do but to kill and to end.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};

    use super::*;

    fn sleeper() -> (Child, Pid) {
        let child = Command::new("sleep").arg("600").process_group(0).spawn().unwrap();
        let group = Pid::from_child(&child);
        (child, group)
    }

    #[test]
    fn groups_that_are_not_forgotten_die_with_their_guardian() {
        let mut all: Vec<(Child, Pid)> = (0..4).map(|_| sleeper()).collect();
        let guardian = Guardian::new(true);
        assert!(guardian.missing().is_none());
        for (_, group) in &all {
            guardian.watch(*group);
        }
        guardian.forget(all[0].1);
        guardian.forget(all[2].1);
        drop(guardian);
        for index in [1, 3] {
            assert_eq!(all[index].0.wait().unwrap().signal(), Some(9));
        }
        for index in [0, 2] {
            assert!(all[index].0.try_wait().unwrap().is_none());
            all[index].0.kill().unwrap();
            all[index].0.wait().unwrap();
        }
    }
}
