use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::books;
use crate::till::{self, AT, HELD, HOLD, PHASES, TARGET};

/// How much is asked for.
struct Sentence {
    kills: u32,
    documents: usize,
    in_each_phase: u32,
    minutes: u64,
    seed: u64,
}

impl Sentence {
    fn read(arguments: &[&str]) -> Sentence {
        let mut sentence = Sentence { kills: 50, documents: 0, in_each_phase: 2, minutes: 10, seed: 1 };
        let mut words = arguments.iter();
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            let value: u64 = value.parse().unwrap_or_else(|_| panic!("{name} wants a number"));
            match *name {
                "--kills" => sentence.kills = value as u32,
                "--documents" => sentence.documents = value as usize,
                "--in-each-phase" => sentence.in_each_phase = value as u32,
                "--minutes" => sentence.minutes = value,
                "--seed" => sentence.seed = value,
                other => panic!("unknown: {other}"),
            }
        }
        sentence
    }
}

/// Runs everything and prints the verdict.
pub fn run(arguments: &[&str]) -> ExitCode {
    let sentence = Sentence::read(arguments);
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().to_path_buf();
    for room in ["store", "keys"] {
        fs::create_dir(place.join(room)).expect("a room");
    }
    fs::write(place.join("seed"), sentence.seed.to_string()).expect("the place is writable");
    fs::write(place.join("phase"), [0; 3]).expect("the place is writable");
    fs::write(place.join("tickets"), "").expect("the place is writable");
    let mut kra = role("kra", &place).stdin(Stdio::piped()).spawn().expect("the sandbox's process");
    wait_until("the sandbox listens", || place.join("url").exists());

    assert!(role("open", &place).status().expect("the shop opens").success(), "the shop does not open");
    let mut execution = Execution::new(&sentence, place.clone());
    let started = Instant::now();
    let limit = Duration::from_secs(sentence.minutes * 60);
    while !execution.is_done() && started.elapsed() < limit {
        execution.one_life();
        if execution.kills().is_multiple_of(100) {
            eprintln!("{} kills, {} tickets, {:?}", execution.kills(), execution.tickets(), started.elapsed());
        }
    }
    let within_limit = execution.is_done();
    let mut kra_ear = kra.stdin.take().expect("piped");
    kra_ear.write_all(b"heal\n").expect("the sandbox listens");
    fs::write(place.join("finish"), "").expect("the place is writable");
    let last = role("till", &place).status().expect("the last till");
    kra_ear.write_all(b"ledger\n").expect("the sandbox listens");
    wait_until("the ledger is written", || place.join("ledger").exists());
    drop(kra_ear);
    let _ = kra.wait();

    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let audit = runtime.block_on(books::compare(&place));
    execution.print_phases();
    let (unanswered, sends) = audit.unanswered;
    println!(
        "{} documents, {} receipts recovered by asking KRA, {unanswered} of {sends} answers lost, {:.0} s",
        audit.documents,
        audit.recovered,
        started.elapsed().as_secs_f64()
    );
    let clean = audit.is_clean() && last.success() && within_limit;
    if !clean {
        // Kept for whoever has to find out.
        let kept = directory.keep();
        println!(
            "not clean (last till {last}, within the limit: {within_limit}); everything is kept in {}",
            kept.display()
        );
    }
    println!(
        "kills={} lost={} doubled={} gaps={} missing_receipts={}",
        execution.kills(),
        audit.lost,
        audit.doubled,
        audit.gaps,
        audit.missing_receipts
    );
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn role(name: &str, place: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.arg(name).arg(place);
    command
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Lives and deaths so far.
struct Execution<'a> {
    sentence: &'a Sentence,
    place: PathBuf,
    phase: File,
    random: StdRng,
    /// Deaths by phase; the first stands for "before anything was done".
    deaths: [u32; PHASES.len() + 1],
}

impl Execution<'_> {
    fn new(sentence: &Sentence, place: PathBuf) -> Execution<'_> {
        let phase = File::options().read(true).write(true).open(place.join("phase")).expect("the phase file");
        let random = StdRng::seed_from_u64(sentence.seed);
        Execution { sentence, place, phase, random, deaths: [0; PHASES.len() + 1] }
    }

    fn kills(&self) -> u32 {
        self.deaths.iter().sum()
    }

    fn tickets(&self) -> usize {
        let tickets = fs::read_to_string(self.place.join("tickets")).unwrap_or_default();
        usize::try_from(till::first_without_ticket(&tickets)).expect("a count")
    }

    fn is_done(&self) -> bool {
        let every_phase = self.deaths[1..].iter().all(|deaths| *deaths >= self.sentence.in_each_phase);
        self.kills() >= self.sentence.kills && every_phase && self.tickets() >= self.sentence.documents
    }

    /// A till, now and then two on one store, from birth to death.
    fn one_life(&mut self) {
        self.phase.write_all_at(&[0; 3], AT).expect("the phase file");
        let second = self.random.random_range(0..8) == 0;
        let mut tills: Vec<Child> =
            (0..=u8::from(second)).map(|_| role("till", &self.place).spawn().expect("a till")).collect();
        let at = if self.random.random_bool(0.5) { self.wait_for_phase() } else { None };
        let at = at.unwrap_or_else(|| {
            std::thread::sleep(Duration::from_millis(self.random.random_range(20..500)));
            self.read(AT)
        });
        for till in &mut tills {
            // A till that died by itself has panicked: that is a failure of its own.
            let ended = till.try_wait().expect("a child");
            assert!(ended.is_none(), "a till ended by itself: {ended:?}");
            till.kill().expect("a living child");
            till.wait().expect("a child");
        }
        self.deaths[at as usize] += 1;
    }

    /// Has the till wait for its death in a phase that has seen few deaths. `None` when it does not come there in time.
    fn wait_for_phase(&mut self) -> Option<u8> {
        let target = (1..=PHASES.len()).min_by_key(|phase| self.deaths[*phase]).expect("phases") as u8;
        self.phase.write_all_at(&[target], TARGET).expect("the phase file");
        let deadline = Instant::now() + Duration::from_millis(1500);
        while self.read(HELD) != 1 {
            if Instant::now() > deadline {
                return None;
            }
            std::thread::sleep(Duration::from_micros(300));
        }
        let most = u64::try_from(HOLD.as_micros()).expect("milliseconds") / 2;
        std::thread::sleep(Duration::from_micros(self.random.random_range(0..most)));
        Some(target)
    }

    fn read(&self, at: u64) -> u8 {
        let mut byte = [0];
        self.phase.read_exact_at(&mut byte, at).expect("the phase file");
        byte[0]
    }

    fn print_phases(&self) {
        println!("kills before anything was done: {}", self.deaths[0]);
        for ((_, name), deaths) in PHASES.iter().zip(&self.deaths[1..]) {
            println!("kills {name}: {deaths}");
        }
    }
}
