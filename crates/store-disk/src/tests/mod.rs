//! Tests of the whole store: the suite of the contract, crashes, faults, damage.

mod backing_up;
mod conforming;
mod crashing;
mod damage;
mod directory;
mod fake_disk;
mod faults;
mod full;
mod pumping;
mod reclaiming;
mod world;
