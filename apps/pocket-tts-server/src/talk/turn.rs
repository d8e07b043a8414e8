//! A conversation's turns to speak: a slot is asked for when there is something to say, and given back after a rest.
//!
//! It must not know what is said.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use super::{
    plan::Plan,
    speaker::{Speaker, Told},
};
use crate::{admission::Permit, api_error::ApiError, app::App, guard::rates::Client};

/// How long a slot is kept when all is said: the rest of an answer mostly follows, and should not have to wait in
/// line again.
const REST: Duration = Duration::from_secs(2);

/// A conversation's turns, of which there is one at a time.
pub(super) struct Turns {
    app: Arc<App>,
    plan: Plan,
    id: String,
    client: Client,
    /// Whether a turn has been paid for by the request that began the conversation.
    is_paid: bool,
    state: State,
}

enum State {
    Idle,
    InLine(Pin<Box<dyn Future<Output = Result<Permit, ApiError>>>>),
    Speaking { speaker: Speaker, timer: Pin<Box<Sleep>> },
}

impl Turns {
    /// Turns of a client whose request has passed its checks, the rate among them.
    pub(super) fn new(app: Arc<App>, plan: Plan, client: Client, id: String) -> Self {
        Self { app, plan, id, client, is_paid: true, state: State::Idle }
    }

    /// What the speaker tells next. `texts` are all that it has to say still, for one that begins.
    pub(super) fn poll<'a>(
        &mut self,
        context: &mut Context<'_>,
        is_working: bool,
        texts: impl Iterator<Item = &'a str>,
    ) -> Poll<Result<Told, ApiError>> {
        if matches!(self.state, State::Idle) {
            if !is_working {
                return Poll::Pending;
            }
            self.state = self.line_up()?;
        }
        if let State::InLine(permit) = &mut self.state {
            let permit = ready!(permit.as_mut().poll(context))?;
            let speaker = Speaker::start(&self.app, permit, &self.plan, &self.id)?;
            texts.for_each(|text| speaker.say(text.to_owned()));
            self.state = State::Speaking { speaker, timer: Box::pin(sleep(self.patience())) };
        }
        let patience = self.patience();
        let State::Speaking { speaker, timer } = &mut self.state else { return Poll::Pending };
        if let Poll::Ready(told) = speaker.poll(context) {
            timer.as_mut().reset(Instant::now() + patience);
            return Poll::Ready(Ok(told));
        }
        ready!(timer.as_mut().poll(context));
        self.state = State::Idle;
        if is_working {
            let message = format!("no sound was ready within {} s", patience.as_secs_f64());
            return Poll::Ready(Err(ApiError::too_slow(message).code("request_timeout")));
        }
        Poll::Pending
    }

    /// Has one more text spoken, if a turn has begun; one that begins later gets all texts.
    pub(super) fn say(&mut self, text: &str) {
        let patience = self.patience();
        if let State::Speaking { speaker, timer } = &mut self.state {
            speaker.say(text.to_owned());
            timer.as_mut().reset(Instant::now() + patience);
        }
    }

    /// Lets the slot go once it has been of no use for a while.
    pub(super) fn rest(&mut self) {
        if let State::Speaking { timer, .. } = &mut self.state {
            timer.as_mut().reset(Instant::now() + REST);
        }
    }

    /// Ends the turn, whatever it has to say still.
    pub(super) fn end(&mut self) {
        self.state = State::Idle;
    }

    fn patience(&self) -> Duration {
        self.app.settings.limits.first_audio_timeout
    }

    fn line_up(&mut self) -> Result<State, ApiError> {
        self.app.phase.demand_ready()?;
        if let Some(rates) = &self.app.rates
            && !std::mem::take(&mut self.is_paid)
        {
            rates.take(self.client)?;
        }
        let (admission, limit) = (Arc::clone(&self.app.admission), self.app.settings.limits.queue_timeout);
        Ok(State::InLine(Box::pin(async move { admission.enter(limit).await })))
    }
}
