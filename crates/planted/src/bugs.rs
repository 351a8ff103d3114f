//! The list of the zoo: what each bug does wrong, and the lesson of other engines that it repeats.
//!
//! Three lessons have no bug here, because an embedded engine has nothing to repeat them with. A shard changes hands
//! only when a process opens the directory, which it has locked for itself. So no older owner lives beside a newer
//! one (L1: the store's own suite, `store/src/conformance/fences.rs`, shows that a void fence writes nothing), an
//! idle shard has no ownership that it could lose unnoticed (L3), and there is no lease whose heartbeat blocking work
//! could starve (L7). A store that several processes share must bring bugs for all three.

/// Declares the bugs with the lessons of other engines that each one repeats (`design/engine.md` 1).
macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $bug:ident: $lesson:literal,)+) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Bug {
            $($(#[doc = $doc])+ $bug,)+
        }

        impl Bug {
            pub const ALL: &[Bug] = &[$(Bug::$bug,)+];

            /// The lesson, or `-` where none is known.
            pub fn lesson(self) -> &'static str {
                match self {
                    $(Bug::$bug => $lesson,)+
                }
            }

            pub fn of(name: &str) -> Option<Bug> {
                Bug::ALL.iter().copied().find(|bug| format!("{bug:?}") == name)
            }
        }
    };
}

bugs! {
    /// Answers leave before their commit is durable.
    ReplyBeforeCommit: "L20",
    /// Effects leave although their commit was refused.
    EffectOfRolledBackBatch: "L6",
    /// A commit that failed lets its answers out, and the engine goes on.
    FailedCommitIsReleased: "L15",
    /// Answers that rest on commits in flight do not wait for them.
    ReadsAnsweredFromFlight: "L5",
    /// A start whose name the store refuses is dropped with its caller.
    RefusedStartIsNotAnswered: "L6",
    /// A start is answered from another of its name that the store may still refuse.
    StartAnsweredFromFlight: "L11",
    /// A second start with another input gets the first execution.
    AnyInputIsTheSameStart: "-",
    /// A second start with the same input is refused.
    SameStartIsRefused: "-",
    /// A timer that is due wakes nobody.
    DueTimerWakesNobody: "L4",
    /// A task of a service that could begin does not.
    CallThatCouldBeginIsForgotten: "L4",
    /// The auditor wakes whoever is idle at one moment, before another look.
    AuditorWakesAtFirstSight: "L5",
    /// The auditor makes calls again that are under way.
    AuditorCallsAgain: "L10",
    /// Recovery forgets the deadlines of sleeping executions.
    TimerLostAtRecovery: "L12",
    /// Recovery forgets what executions are owed.
    OwedLostAtRecovery: "L4",
    /// The store is not told of deadlines.
    DeadlineIsNotStored: "L12",
    /// Recovery makes every call again that may have been made.
    EveryCallInDoubtIsMadeAgain: "L10",
    /// Recovery leaves a call in doubt as it is.
    CallInDoubtIsForgotten: "L4",
    /// A call that is made again has another idempotency token.
    NewTokenForEachCall: "L10",
    /// Recovery begins what the first step after it has ended.
    RecoveredWorkBeginsAfterItsEnd: "L5",
    /// Jobs that were followed before a restart are not followed after it.
    JobsForgottenAtRestart: "L12",
    /// Nobody tells a service that its work is not wanted any more.
    ServicesNotToldOfTheEnd: "L6",
    /// What an execution is owed is begun twice.
    EffectsBegunTwice: "L10",
    /// An execution that is loaded again runs on the newest revision.
    LatestRevisionAfterRestart: "L14",
    /// An update changes the revision that executions run on.
    UpdateRewritesTheRevision: "L14",
    /// An execution forgets the version that it was started through.
    ThroughIsForgotten: "-",
    /// The time in which no engine ran counts against the heartbeats of workers.
    HeartbeatsRunThroughOutage: "L9",
    /// An execution that had to let others have their turn never has its own again.
    YieldedExecutionIsForgotten: "L4",
    /// A timer is lost when its execution cannot be read.
    FailedReadLosesWakeUp: "L4",
    /// Answers of tasks are lost while their execution is read.
    LoadingLosesTaskAnswers: "L9",
    /// An execution leaves memory before its last commit is durable.
    SleepsInFlight: "L5",
    /// An execution that leaves memory loses its timer.
    SleeperLosesItsTimer: "L12",
    /// A task that no worker waits for is not put into the queue.
    OfferWithoutPollerIsLost: "L9",
    /// A checkpoint holds an execution to which nothing has happened.
    CheckpointOfNothing: "L8",
    /// The list says that an ended execution runs.
    EndIsNotListed: "L11",
    /// Timers fire up to a second early.
    TimersFireEarly: "L5",
    /// A clock that is set back makes the times of a history fall.
    HistoryFollowsTheClockBack: "L5",
    /// Events name themselves as the ones before them.
    PreviousEventIsTheNext: "-",
    /// The stop of an ended execution is answered with the present.
    StopOfEndedSaysNow: "-",
    /// A redrive under a token of another takes place, too.
    RedriveTokenIsForgotten: "-",
    /// A redrive runs branches and iterations again that were done.
    RedriveRunsWhatIsDone: "-",
    /// An answer is accepted, and lost, after the execution has ended.
    LateAnswerIsAccepted: "L6",
    /// A stop does not end what the execution has begun.
    StopLeavesWorkRunning: "L6",
    /// An ended execution is described as one that runs.
    DescriptionForgetsTheEnd: "L9",
    /// An execution can be read only after its second commit.
    ReadsLagBehind: "L19",
    /// A failed branch does not end what the others have begun.
    AbortLeavesWorkRunning: "L6",
    /// The time-out of an execution sets no timer.
    ExecutionNeverTimesOut: "L12",
    /// A task that a worker has is given to another one.
    TaskIsHandedOverTwice: "L10",
    /// The token of an attempt that is over completes another one.
    AnyTokenFitsAnyAttempt: "L5",
    /// An answer that overtakes its submission is accepted and not recorded.
    EarlyAnswerIsNotRecorded: "L6",
    /// Of two answers that overtake the submission the last one counts.
    SecondEarlyAnswerCounts: "L6",
    /// A task times out that was answered before its submission was known.
    TimeOutBeatsTheEarlyAnswer: "L6",
    /// A retrier never runs out of attempts.
    RetriesAreNotCounted: "-",
    /// A state that is entered again has the retries of the time before.
    RetriesCountForThePast: "-",
    /// A failure goes to the catcher although an attempt is left.
    RetryIsSkipped: "-",
    /// The next attempt begins at once.
    RetryDoesNotWait: "-",
    /// A Map runs one iteration more than it may.
    MapStartsOneTooMany: "-",
    /// A Parallel ends while a branch still runs.
    ParallelEndsEarly: "-",
    /// The clock decides which machine of a name is the later one.
    IncarnationsByTheClock: "L5",
    /// A change of the catalog is shown although it could not be written.
    CatalogShownUnwritten: "L11",
    /// Nobody is told when the store fails outside a commit.
    FailedCatalogWriteIsNoFault: "L2",
    /// A deletion that a restart interrupts is never gone on with.
    DeletionForgottenAtRestart: "L4",
    /// A deletion looks for executions while starts are in flight.
    DeletionOvertakesStarts: "L14",
    /// Shards take starts of a machine that is being deleted, for whoever looked it up before.
    DeletedMachineTakesStarts: "L14",
    /// A change of the catalog that finds no room is answered as if the store had failed.
    FullCatalogIsAFault: "L13",
    /// A restart forgets versions.
    VersionsForgottenAtRestart: "L12",
    /// The start of an asynchronous execution is answered before it is durable.
    ExpressStartIsAnsweredAtOnce: "L20",
    /// An asynchronous execution runs before its start is durable.
    ExpressRunsBeforeItsRecord: "L6",
    /// The record of a start says that the execution has ended.
    ExpressStartIsItsMark: "L12",
    /// An end is not marked.
    ExpressMarkIsLost: "L4",
    /// Marks go to the store with the next start only.
    MarkWaitsForAStart: "L4",
    /// An execution that has ended at once is begun again.
    ExpressRunsTwice: "L10",
    /// A restart begins nothing again.
    ExpressForgottenAtRestart: "L4",
    /// An execution that a restart cannot read at once is left alone.
    UnreadStartIsLeftAlone: "L4",
    /// A restart begins executions again on another revision than theirs.
    ExpressBeginsAgainOnTheFirstRevision: "L14",
    /// A restart begins executions again without their input.
    ExpressBeginsAgainWithoutInput: "L9",
    /// The end of a synchronous execution is written down.
    SynchronousIsMarked: "-",
    /// The stop of an asynchronous execution is answered before its mark is durable.
    ExpressStopIsAnsweredAtOnce: "L20",
    /// Nobody is woken on a lane.
    LaneLosesTimers: "L12",
    /// The log is written and not synced.
    LogIsNotSynced: "L20",
    /// A sync that fails is taken for one that did not.
    FailedSyncIsIgnored: "L15",
    /// What a restart finds in the system's cache is built upon as if it were on the disk.
    RecoveredFrameIsNotConfirmed: "L15",
    /// A new segment is used before its name is durable.
    SegmentNameIsNotSynced: "L16",
    /// Names that a restart finds are built upon as if they were durable.
    FoundNamesAreNotSynced: "L16",
    /// The bytes of a frame are not compared with their checksum.
    PayloadChecksumIsIgnored: "L8",
    /// A damaged frame is taken for one that a crash has torn.
    DamageIsTakenForTearing: "L8",
    /// The index learns of frames that are not known to be durable.
    IndexRunsAheadOfTheLog: "L8",
    /// The index says that it has more than was written to it.
    IndexSaysMoreThanItHas: "L12",
    /// The catalog is written and not synced.
    CatalogIsNotSynced: "L23",
    /// A name that is claimed and not durable yet can be claimed again.
    NameInFlightIsFree: "L11",
    /// A name that only the index knows can be claimed again.
    NameInTheIndexIsFree: "L11",
    /// What finds no room is acknowledged.
    FullDiskIsAcknowledged: "L13",
    /// What finds no room is forgotten.
    FullDiskDropsWhatWaits: "L13",
    /// A full disk ends the process.
    FullDiskEndsTheProcess: "L13",
    /// New executions take the room that is kept for those that run.
    StartsEatTheReserve: "L13",
}
