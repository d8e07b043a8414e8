//! The turns of a conversation: each takes one of the server's streams when there is text, and releases it when all of
//! it is generated and no more follows for a moment.
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
    plan::ConversationPlan,
    turn_speech::{SharedReader, TurnEvent, TurnSpeech},
};
use crate::{admission::Permit, api_error::ApiError, app::App, guard::client::Client};

type Admitted = Pin<Box<dyn Future<Output = Result<Permit, ApiError>>>>;

/// The turns of a conversation. The audio of one may still be on its way while the next one is being generated.
pub(super) struct TurnQueue {
    app: Arc<App>,
    plan: ConversationPlan,
    id: String,
    client: Client,
    /// Whether the request that began the conversation counts for the next turn's rate.
    has_prepaid_turn: bool,
    reader: Arc<SharedReader>,
    /// Texts that no turn has taken yet.
    waiting: VecDeque<String>,
    /// The wait for the next turn.
    queued: Option<Admitted>,
    /// Why there is no next turn; returned after the events of earlier turns.
    refused: Option<ApiError>,
    /// Turns with events left, the oldest first. Only the last one accepts texts.
    turns: VecDeque<TurnSpeech>,
    /// The time limit of the next audio.
    timer: Option<Pin<Box<Sleep>>>,
}

impl TurnQueue {
    /// Creates the queue of a client whose request has passed all checks, including the rate.
    pub(super) fn new(app: Arc<App>, plan: ConversationPlan, client: Client, id: String) -> Self {
        Self {
            app,
            plan,
            id,
            client,
            has_prepaid_turn: true,
            reader: Arc::default(),
            waiting: VecDeque::new(),
            queued: None,
            refused: None,
            turns: VecDeque::new(),
            timer: None,
        }
    }

    /// The next event. `is_working` says whether any is expected.
    pub(super) fn poll(
        &mut self,
        context: &mut Context<'_>,
        is_working: bool,
    ) -> Poll<Result<TurnEvent, ApiError>> {
        loop {
            let needs_turn = !self.waiting.is_empty() || (is_working && self.turns.is_empty());
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
            let Some(turn) = self.turns.front_mut() else {
                return self.refused.take().map_or(Poll::Pending, |error| Poll::Ready(Err(error)));
            };
            match turn.poll(context) {
                Poll::Ready(Some(event)) => {
                    self.reset_timer();
                    return Poll::Ready(event);
                }
                Poll::Ready(None) => drop(self.turns.pop_front()),
                Poll::Pending => return self.check_timer(context, is_working),
            }
        }
    }

    /// Adds a text.
    pub(super) fn say(&mut self, text: &str) {
        self.reset_timer();
        let open = self.turns.back().filter(|_| self.waiting.is_empty());
        let refused = open.map_or_else(|| Err(text.to_owned()), |turn| turn.say(text.to_owned()));
        self.waiting.extend(refused.err());
    }

    /// Ends all turns at once.
    pub(super) fn end(&mut self) {
        self.waiting.clear();
        self.queued = None;
        self.refused = None;
        self.turns.clear();
        // Whether the texts that are dropped chose a voice depends on how many had been read, so no choice stays.
        self.reader = Arc::default();
    }

    fn begin(&mut self, permit: Permit) -> Result<(), ApiError> {
        let texts = std::mem::take(&mut self.waiting);
        let reader = Arc::clone(&self.reader);
        let turn = TurnSpeech::start(&self.app, permit, (&self.plan, &self.id), texts, reader)?;
        self.turns.push_back(turn);
        self.reset_timer();
        Ok(())
    }

    fn time_limit(&self) -> Duration {
        self.app.settings.limits.first_audio_timeout
    }

    fn reset_timer(&mut self) {
        let time_limit = self.time_limit();
        match &mut self.timer {
            Some(timer) => timer.as_mut().reset(Instant::now() + time_limit),
            none => *none = Some(Box::pin(sleep(time_limit))),
        }
    }

    fn check_timer(
        &mut self,
        context: &mut Context<'_>,
        is_working: bool,
    ) -> Poll<Result<TurnEvent, ApiError>> {
        let time_limit = self.time_limit();
        let Some(timer) = self.timer.as_mut().filter(|_| is_working) else { return Poll::Pending };
        if timer.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        self.end();
        let message = format!("no audio was ready within {} s", time_limit.as_secs_f64());
        Poll::Ready(Err(ApiError::too_slow(message).code("request_timeout")))
    }

    fn queue(&mut self) -> Result<Admitted, ApiError> {
        if let Some(rates) = &self.app.rates
            && !std::mem::take(&mut self.has_prepaid_turn)
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
