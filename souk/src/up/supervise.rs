//! Keeping one part alive: started, watched, and when it dies said, deregistered and started again on the same
//! port, with growing pauses.

use std::time::Duration;

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{
    board::Board,
    deregister::Deregister,
    logs::Logs,
    part::{Listening, Part, Stage, StartFailure},
    process::Running,
    readiness,
    screen::Screen,
};

const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A part that served this long is taken for healthy: its next pause is short again.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);
/// A death is said, and then once more when it does not stop dying: not each time.
const KEEPS_DYING: u32 = 5;

/// What every supervisor needs.
#[derive(Debug, Clone)]
pub struct Surroundings {
    pub screen: Screen,
    pub logs: Logs,
    pub board: Board,
    pub http: reqwest::Client,
    pub deregister: Deregister,
    /// Between two starts of a part that keeps dying.
    pub longest_pause: Duration,
}

#[derive(Debug, Clone)]
enum State {
    Starting,
    Up(Listening),
    Failed(StartFailure),
}

/// A handle on one supervised part.
#[derive(Debug)]
pub struct Supervised {
    pub part: Part,
    state: watch::Receiver<State>,
    stop: CancellationToken,
    kill: CancellationToken,
    task: JoinHandle<()>,
}

impl Supervised {
    pub fn start(part: Part, around: Surroundings) -> Self {
        let (told, state) = watch::channel(State::Starting);
        let (stop, kill) = (CancellationToken::new(), CancellationToken::new());
        let keeper = Keeper {
            part: part.clone(),
            around,
            told,
            stop: stop.clone(),
            kill: kill.clone(),
            listening: None,
            came_up: false,
            failures: 0,
        };
        let task = tokio::spawn(keeper.keep());
        Self { part, state, stop, kill, task }
    }

    /// Resolves when the part is up for the first time.
    ///
    /// # Errors
    /// When it failed to start; it is not tried again then.
    pub async fn up(&self) -> Result<Listening, StartFailure> {
        let mut state = self.state.clone();
        loop {
            match &*state.borrow_and_update() {
                State::Up(listening) => return Ok(*listening),
                State::Failed(failure) => return Err(failure.clone()),
                State::Starting => {}
            }
            if state.changed().await.is_err() {
                return Err(StartFailure::stopped(&self.part));
            }
        }
    }

    /// Stops in good order and waits for it.
    pub async fn stop(&mut self) {
        self.stop.cancel();
        if !self.task.is_finished() {
            // A panic of the keeper ends its child by its drop.
            let _ = (&mut self.task).await;
        }
    }

    /// Ends at once.
    pub async fn kill(&mut self) {
        self.kill.cancel();
        self.stop().await;
    }
}

struct Keeper {
    part: Part,
    around: Surroundings,
    told: watch::Sender<State>,
    stop: CancellationToken,
    kill: CancellationToken,
    /// Where it listened when it was last up.
    listening: Option<Listening>,
    /// Whether this life did.
    came_up: bool,
    /// Deaths since it was last healthy.
    failures: u32,
}

/// How one life of the part ended.
enum End {
    Asked,
    Died(String),
}

impl Keeper {
    async fn keep(mut self) {
        loop {
            let reason = match self.one_life().await {
                End::Asked => return,
                End::Died(reason) => reason,
            };
            if matches!(*self.told.borrow(), State::Starting) {
                self.told.send_replace(State::Failed(self.failure(reason)));
                return;
            }
            self.failures += 1;
            let pause = pause_after(self.failures, self.around.longest_pause);
            self.tell_death(&reason, pause);
            self.leave_discovery().await;
            if !std::mem::take(&mut self.came_up) && self.part.stage == Stage::Subgraphs {
                // Somebody may have taken its port meanwhile; others find it through discovery wherever it listens.
                self.listening = Some(Listening::default());
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => return,
            }
        }
    }

    async fn one_life(&mut self) -> End {
        if let super::part::Readiness::Announced(file) = &self.part.readiness {
            // Of an earlier life; it must not be taken for this one's.
            let _ = std::fs::remove_file(file);
        }
        let listen = self.listening.and_then(|listening| listening.http);
        let mut running = match Running::start(&self.part, listen, &self.around.logs) {
            Ok(running) => running,
            Err(error) => return End::Died(format!("cannot be run: {error}")),
        };
        self.around.board.started(&self.part.name, running.pid);
        let end = self.watch(&mut running).await;
        self.around.board.ended(&self.part.name, running.pid);
        end
    }

    async fn watch(&mut self, running: &mut Running) -> End {
        let ready = tokio::select! {
            ready = readiness::wait(&self.part, &self.around.http) => ready,
            reason = running.ended() => return End::Died(reason),
            () = self.stop.cancelled() => return self.stop_running(running).await,
        };
        match ready {
            Ok(listening) => self.is_up(listening),
            Err(reason) => {
                running.kill().await;
                return End::Died(reason);
            }
        }
        tokio::select! {
            reason = running.ended() => return End::Died(reason),
            () = self.stop.cancelled() => return self.stop_running(running).await,
            () = tokio::time::sleep(HEALTHY_AFTER) => self.is_healthy(),
        }
        tokio::select! {
            reason = running.ended() => End::Died(reason),
            () = self.stop.cancelled() => self.stop_running(running).await,
        }
    }

    fn tell_death(&self, reason: &str, pause: Duration) {
        let name = &self.part.name;
        let told = match self.failures {
            1 => format!("souk: {name} {reason}; it starts again in {:.1} s", pause.as_secs_f32()),
            KEEPS_DYING => {
                let last = self.around.logs.tail(name).pop().unwrap_or_default();
                let log = self.around.logs.path(name);
                format!(
                    "souk: {name} keeps dying ({reason}) and is started every {} s until it stays; {} ends with: {last}",
                    self.around.longest_pause.as_secs(),
                    log.display()
                )
            }
            _ => return,
        };
        self.around.screen.show(&told);
    }

    fn is_up(&mut self, listening: Listening) {
        self.came_up = true;
        // After several deaths only once it stays.
        if self.failures == 1 {
            self.around.screen.show(&format!("souk: {} is up again", self.part.name));
        }
        self.listening = Some(listening);
        self.told.send_replace(State::Up(listening));
    }

    fn is_healthy(&mut self) {
        if self.failures > 1 {
            self.around.screen.show(&format!("souk: {} is up again and stays", self.part.name));
        }
        self.failures = 0;
    }

    async fn stop_running(&self, running: &mut Running) -> End {
        let orderly = tokio::select! {
            orderly = running.stop(self.part.grace) => orderly,
            () = self.kill.cancelled() => false,
        };
        if !orderly {
            running.kill().await;
            self.around.screen.show(&format!("souk: {} had to be ended by force", self.part.name));
        }
        End::Asked
    }

    fn failure(&self, reason: String) -> StartFailure {
        StartFailure {
            name: self.part.name.clone(),
            reason,
            advice: self.part.advice,
            log: self.around.logs.path(&self.part.name),
            last_lines: self.around.logs.tail(&self.part.name),
        }
    }

    async fn leave_discovery(&self) {
        let address = self.listening.and_then(|listening| listening.http);
        if let (Some(service), Some(address)) = (self.part.service, address) {
            self.around.deregister.instance(service, address).await;
        }
    }
}

fn pause_after(failures: u32, longest: Duration) -> Duration {
    FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(10))).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_ceiling() {
        let longest = Duration::from_secs(5);
        let pauses: Vec<u128> = (1..8).map(|failures| pause_after(failures, longest).as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
        assert_eq!(pause_after(u32::MAX, longest), longest);
    }
}
