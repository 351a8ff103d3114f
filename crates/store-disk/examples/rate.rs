use bytes::Bytes;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering::*},
    mpsc,
};
use std::time::{Duration, Instant};
use store::{Awaits, Commit, Ended, ListingFilter, Outcome, Started, Store, Uid};
use store_disk::{DiskStore, Options};
fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/self/stat").unwrap();
    let r = s.rsplit(')').next().unwrap().to_string();
    let f: Vec<&str> = r.split_whitespace().collect();
    (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
}
fn threads_cpu() {
    for e in std::fs::read_dir("/proc/self/task").unwrap() {
        let p = e.unwrap().path();
        let n = std::fs::read_to_string(p.join("comm")).unwrap();
        let s = std::fs::read_to_string(p.join("stat")).unwrap();
        let r = s.rsplit(')').next().unwrap().to_string();
        let f: Vec<&str> = r.split_whitespace().collect();
        println!(
            "   {:16} {:.2}s",
            n.trim(),
            (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) / 100.0
        );
    }
}
fn block<T>(f: impl std::future::Future<Output = T>) -> T {
    use std::task::*;
    struct U(std::thread::Thread);
    impl Wake for U {
        fn wake(self: Arc<Self>) {
            self.0.unpark()
        }
    }
    let w = Waker::from(Arc::new(U(std::thread::current())));
    let mut c = Context::from_waker(&w);
    let mut f = std::pin::pin!(f);
    loop {
        if let Poll::Ready(v) = f.as_mut().poll(&mut c) {
            return v;
        }
        std::thread::park();
    }
}
fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let shards: u16 = std::env::args().nth(2).unwrap().parse().unwrap();
    let inflight: u64 = std::env::args().nth(3).unwrap().parse().unwrap();
    let batch: u64 = std::env::args().nth(4).unwrap().parse().unwrap();
    let secs: f64 = std::env::args().nth(5).unwrap().parse().unwrap();
    let _ = std::fs::remove_dir_all(&dir);
    let t = Instant::now();
    let s: Arc<dyn Store> = Arc::new(DiskStore::open(&dir, Options::default()).unwrap());
    println!("open empty: {:?}", t.elapsed());
    let t0 = Instant::now();
    let c0 = cpu();
    let total = Arc::new(AtomicU64::new(0));
    let groups = Arc::new(AtomicU64::new(0));
    let hs: Vec<_> = (0..shards)
        .map(|sh| {
            let s = s.clone();
            let total = total.clone();
            let groups = groups.clone();
            std::thread::spawn(move || {
                let per = 1024 / shards;
                let fence = block(s.claim(sh * per..(sh + 1) * per)).unwrap();
                let (tx, rx) = mpsc::channel();
                let mut n = 0u64;
                let mut out = 0u64;
                let mut lat = Vec::new();
                let mut submit = Duration::ZERO;
                let end = Instant::now() + Duration::from_secs_f64(secs);
                let payload = Bytes::from(vec![b'x'; 300]);
                while Instant::now() < end || out > 0 {
                    while out < inflight && Instant::now() < end {
                        let b: Vec<Commit> = (0..batch)
                            .map(|_| {
                                n += 1;
                                let h = (n.wrapping_mul(0x9e3779b97f4a7c15) >> 20) as u16 % per;
                                let ms = 1_700_000_000_000 + t0.elapsed().as_millis() as i64;
                                let uid = Uid::new(sh * per + h, ms, n.wrapping_mul(0x9e3779b97f4a7c15));
                                Commit {
                                    execution: uid,
                                    sequence: 0,
                                    started: Some(Started {
                                        machine: 1,
                                        name: format!("order-{sh}-{n}").into(),
                                        started_ms: ms,
                                        note: Bytes::new(),
                                    }),
                                    records: payload.clone(),
                                    awaits: Awaits::default(),
                                    ended: Some(Ended { status: 1, stopped_ms: ms + 1 }),
                                    checkpoint: None,
                                }
                            })
                            .collect();
                        let tx = tx.clone();
                        let t = Instant::now();
                        s.commit(
                            &fence,
                            b,
                            Box::new(move |r| {
                                assert!(r.unwrap().iter().all(|o| *o == Outcome::Committed));
                                let _ = tx.send(t.elapsed());
                            }),
                        );
                        submit += t.elapsed();
                        out += 1;
                    }
                    lat.push(rx.recv().unwrap());
                    out -= 1;
                    while let Ok(l) = rx.try_recv() {
                        lat.push(l);
                        out -= 1;
                    }
                }
                lat.sort();
                total.fetch_add(n, SeqCst);
                groups.fetch_add(lat.len() as u64, SeqCst);
                println!(
                    "shard {sh}: p50 {:?} p99 {:?} max {:?}, submit {:.0} ns/commit",
                    lat[lat.len() / 2],
                    lat[lat.len() * 99 / 100],
                    lat[lat.len() - 1],
                    submit.as_nanos() as f64 / n as f64
                );
            })
        })
        .collect();
    for h in hs {
        h.join().unwrap();
    }
    let el = t0.elapsed().as_secs_f64();
    let n = total.load(SeqCst);
    println!(
        "{n} commits in {el:.2}s = {:.0}/s, cpu {:.2} us/commit (with load client)",
        n as f64 / el,
        (cpu() - c0) * 1e6 / n as f64
    );
    threads_cpu();
    let t = Instant::now();
    println!(
        "list: {} rows after waiting for the index {:?}",
        block(s.list(1, ListingFilter::All, None, 100)).unwrap().len(),
        t.elapsed()
    );
    let t = Instant::now();
    let k = block(s.list(1, ListingFilter::All, None, 100)).unwrap().len();
    println!("list again: {k} rows {:?}", t.elapsed());
    let t = Instant::now();
    let m = 200_000;
    for i in 0..m {
        assert!(block(s.find(1, &format!("absent-{i}"))).unwrap().is_none());
    }
    println!("negative find: {:.0} ns", t.elapsed().as_nanos() as f64 / m as f64);
    let t = Instant::now();
    let m = 100_000.min(n / shards as u64);
    for i in 0..m {
        assert!(block(s.find(1, &format!("order-0-{}", i * 7 % m + 1))).unwrap().is_some());
    }
    println!("positive find: {:.0} ns", t.elapsed().as_nanos() as f64 / m as f64);
    let u = block(s.find(1, "order-0-5")).unwrap().unwrap();
    let t = Instant::now();
    for _ in 0..10000 {
        block(s.history(u)).unwrap();
    }
    println!("history of one commit: {:.0} ns", t.elapsed().as_nanos() as f64 / 1e4);
    threads_cpu();
    let t = Instant::now();
    block(s.close()).unwrap();
    println!("close {:?}", t.elapsed());
    drop(s);
    println!(
        "{}",
        String::from_utf8(
            std::process::Command::new("du")
                .args(["-sh"])
                .arg(&dir)
                .arg(dir.join("index"))
                .output()
                .unwrap()
                .stdout
        )
        .unwrap()
    );
    let t = Instant::now();
    let s = DiskStore::open(&dir, Options::default()).unwrap();
    println!("reopen closed: {:?}", t.elapsed());
    block(s.close()).unwrap();
    drop(s);
    std::fs::remove_dir_all(dir.join("index")).unwrap();
    let t = Instant::now();
    let s = DiskStore::open(&dir, Options::default()).unwrap();
    println!("reopen without index: {:?}", t.elapsed());
    block(s.close()).unwrap();
    println!(
        "{}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmHWM"))
            .unwrap()
    );
}
