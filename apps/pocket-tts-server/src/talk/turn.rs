//! A conversation's turns: each takes a stream of the server when there is something to say, and gives it back when
//! all is made, or after a rest.
//!
//! It must not know what is said.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

use super::{
    plan::Plan,
    speaker::{Speaker, Told},
};
use crate::{admission::Permit, api_error::ApiError, app::App, guard::rates::Client};

type Admitted = Pin<Box<dyn Future<Output = Result<Permit, ApiError>>>>;

/// A conversation's turns. The sound of one that is made may still be on its way while the next one is being made.
pub(super) struct Turns {
    app: Arc<App>,
    plan: Plan,
    id: String,
    client: Client,
    /// Whether a turn has been paid for by the request that began the conversation.
    is_paid: bool,
    /// Texts that no turn has taken yet.
    waiting: VecDeque<String>,
    /// The wait for the next turn.
    queued: Option<Admitted>,
    /// Why there is no next turn, told after what earlier turns said.
    refused: Option<ApiError>,
    /// Turns whose sound isn't all told, the oldest first. Only the last one takes texts.
    speakers: VecDeque<Speaker>,
    /// When it is too late for the next sound.
    timer: Option<Pin<Box<Sleep>>>,
}

impl Turns {
    /// Turns of a client whose request has passed its checks, the rate among them.
    pub(super) fn new(app: Arc<App>, plan: Plan, client: Client, id: String) -> Self {
        Self {
            app,
            plan,
            id,
            client,
            is_paid: true,
            waiting: VecDeque::new(),
            queued: None,
            refused: None,
            speakers: VecDeque::new(),
            timer: None,
        }
    }

    /// What is told next. `is_working` says whether anything is expected.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        is_working: bool,
    ) -> Poll<Result<Told, ApiError>> {
        loop {
            let needs_turn = !self.waiting.is_empty() || (is_working && self.speakers.is_empty());
            if needs_turn && self.queued.is_none() && self.refused.is_none() {
                match self.queue() {
                    Ok(queued) => self.queued = Some(queued),
                    Err(error) => self.refused = Some(error),
                }
            }
            if let Some(queued) = &mut self.queued
                && let Poll::Ready(permit) = queued.as_mut().poll(context)
            {
                self.queued = None;
                self.refused = permit.and_then(|permit| self.begin(permit)).err();
            }
            let Some(speaker) = self.speakers.front_mut() else {
                return self.refused.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error)));
            };
            match speaker.poll(context) {
                Poll::Ready(Some(told)) => {
                    self.reset_timer();
                    return Poll::Ready(told);
                }
                Poll::Ready(None) => drop(self.speakers.pop_front()),
                Poll::Pending => return self.check_timer(context, is_working),
            }
        }
    }

    /// Has one more text spoken.
    pub(super) fn say(&mut self, text: &str) {
        self.reset_timer();
        let open = self.speakers.back().filter(|_| self.waiting.is_empty());
        let refused = open.map_or_else(|| Err(text.to_owned()), |speaker| speaker.say(text.to_owned()));
        self.waiting.extend(refused.err());
    }

    /// Ends all turns, whatever they have to say still.
    pub(super) fn end(&mut self) {
        self.waiting.clear();
        self.queued = None;
        self.refused = None;
        self.speakers.clear();
    }

    fn begin(&mut self, permit: Permit) -> Result<(), ApiError> {
        let texts = std::mem::take(&mut self.waiting);
        self.speakers.push_back(Speaker::start(&self.app, permit, &self.plan, &self.id, texts)?);
        self.reset_timer();
        Ok(())
    }

    fn patience(&self) -> Duration {
        self.app.settings.limits.first_audio_timeout
    }

    fn reset_timer(&mut self) {
        let patience = self.patience();
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(Instant::now() + patience),
            none => *none = Some(Box::pin(sleep(patience))),
        }
    }

    fn check_timer(&mut self, context: &mut Context<'_>, is_working: bool) -> Poll<Result<Told, ApiError>> {
        let patience = self.patience();
        let Some(timer) = self.timer.as_mut().filter(|_| is_working) else { return Poll::Pending };
        if timer.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.end();
        let message = format!("no sound was ready within {} s", patience.as_secs_f64());
        Poll::Ready(Err(ApiError::too_slow(message).code("request_timeout")))
    }

    fn queue(&mut self) -> Result<Admitted, ApiError> {
        if let Some(rates) = &self.app.rates
            && !std::mem::take(&mut self.is_paid)
        {
            rates.take(self.client)?;
        }
        let (app, client) = (Arc::clone(&self.app), self.client);
        let limit = self.app.settings.limits.queue_timeout;
        Ok(Box::pin(async move {
            app.phase.wait_ready(limit).await?;
            app.admission.enter(client, limit).await
        }))
    }
}
