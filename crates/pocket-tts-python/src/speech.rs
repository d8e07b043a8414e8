//! Speech while it is generated. It must not know what starts it.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Instant,
};

use futures_core::Stream as _;
use pocket_tts_core::{AsyncSpeechStream, AudioChunk, CancelHandle, SpeechStream};
use pyo3::{prelude::*, types::PyByteArray};

use crate::{
    errors::Raise,
    timing::{self, EventTuple},
    waiting::PATIENCE,
    waking::{self, Waiters},
};

/// The sound of one request, and what is known about it.
#[pyclass(frozen, module = "pocket_tts_rs._native")]
pub(crate) struct Speech {
    stream: Mutex<AsyncSpeechStream>,
    /// The threads and tasks that wait for a chunk. Each chunk is for one of them.
    waiters: Arc<Waiters>,
    cancel: CancelHandle,
    #[pyo3(get)]
    seed: u64,
    #[pyo3(get)]
    token_counts: Vec<usize>,
    /// What is wrong with the text.
    #[pyo3(get)]
    text_warnings: Vec<String>,
}

/// A sentence that a check had something to say about: its number, the problems of each attempt that was given up, and
/// the problems of the one that is heard.
type Checked = (usize, Vec<Vec<String>>, Vec<String>);

type Outcome = Option<pocket_tts_core::Result<AudioChunk>>;

impl Speech {
    /// `warning` is a further problem of the text.
    pub(crate) fn new(stream: SpeechStream, warning: Option<String>) -> Self {
        let warnings = stream.text_report().warnings();
        Self {
            cancel: stream.cancel_handle(),
            seed: stream.seed(),
            token_counts: stream.token_counts().to_vec(),
            text_warnings: warnings.iter().map(ToString::to_string).chain(warning).collect(),
            stream: Mutex::new(stream.into_async()),
            waiters: Arc::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, AsyncSpeechStream> {
        self.stream.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next chunk, if there is one. Otherwise `waker` is woken once there may be.
    fn poll_with(&self, waker: &Waker) -> Poll<Outcome> {
        // Before the stream is asked, as it may wake them at once.
        self.waiters.add(waker);
        let all = Waker::from(Arc::clone(&self.waiters));
        let outcome = Pin::new(&mut *self.lock()).poll_next(&mut Context::from_waker(&all));
        if outcome.is_ready() {
            self.waiters.remove(waker);
        }
        outcome
    }

    /// Waits for the next chunk, but not longer than until `deadline`.
    fn wait_until(&self, deadline: Instant) -> Poll<Outcome> {
        let waker = waking::this_thread();
        loop {
            if let Poll::Ready(outcome) = self.poll_with(&waker) {
                return Poll::Ready(outcome);
            }
            let Some(left) = deadline.checked_duration_since(Instant::now()) else {
                self.waiters.remove(&waker);
                return Poll::Pending;
            };
            thread::park_timeout(left);
        }
    }

    /// Appends chunks to `samples` until `deadline`. Returns whether the stream has ended.
    fn append_until(&self, deadline: Instant, samples: &mut Vec<f32>) -> pocket_tts_core::Result<bool> {
        loop {
            match self.wait_until(deadline) {
                Poll::Pending => return Ok(false),
                Poll::Ready(None) => return Ok(true),
                Poll::Ready(Some(chunk)) => samples.extend_from_slice(&chunk?.samples),
            }
        }
    }
}

#[pymethods]
impl Speech {
    /// The samples of the next chunk; `None` at the end. Signals are heard while it waits.
    fn next_chunk<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyByteArray>>> {
        loop {
            if let Poll::Ready(outcome) = py.detach(|| self.wait_until(Instant::now() + PATIENCE)) {
                return python_chunk(py, outcome);
            }
            py.check_signals()?;
        }
    }

    /// All further samples. Signals are heard while it waits.
    fn collect<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyByteArray>> {
        let mut samples = Vec::new();
        loop {
            let append = || self.append_until(Instant::now() + PATIENCE, &mut samples);
            if py.detach(append).map_err(Raise::raise)? {
                return Ok(PyByteArray::new(py, bytemuck::cast_slice(&samples)));
            }
            if let Err(signal) = py.check_signals() {
                self.cancel.cancel();
                return Err(signal);
            }
        }
    }

    /// Whether there was something to return, and the samples of the next chunk, or `None` at the end. If not, `callback` is
    /// called from another thread once there may be.
    fn poll<'py>(
        &self,
        py: Python<'py>,
        callback: Py<PyAny>,
    ) -> PyResult<(bool, Option<Bound<'py, PyByteArray>>)> {
        let waker = waking::call(callback);
        match py.detach(|| self.poll_with(&waker)) {
            Poll::Pending => Ok((false, None)),
            Poll::Ready(outcome) => Ok((true, python_chunk(py, outcome)?)),
        }
    }

    /// Ends the stream within a frame.
    fn cancel(&self) {
        self.cancel.cancel();
    }

    /// What began and ended since the last call.
    fn take_timings(&self, py: Python<'_>) -> Vec<EventTuple> {
        let events = py.detach(|| self.lock().get_mut().take_timings());
        events.into_iter().filter_map(timing::tuple).collect()
    }

    /// Frames that were generated so far.
    #[getter]
    fn frames(&self, py: Python<'_>) -> usize {
        py.detach(|| self.lock().get_ref().frames())
    }

    /// Sentences so far that ended at their frame limit.
    #[getter]
    fn unfinished_sentences(&self, py: Python<'_>) -> usize {
        py.detach(|| self.lock().get_ref().unfinished_sentences())
    }

    /// The sentences so far in which a check found problems.
    #[getter]
    fn checked_sentences(&self, py: Python<'_>) -> Vec<Checked> {
        let checked = py.detach(|| self.lock().get_ref().checked_sentences().to_vec());
        let lines = |problems: &[pocket_tts_core::SpeechProblem]| -> Vec<String> {
            problems.iter().map(ToString::to_string).collect()
        };
        let checked = checked.iter().map(|sentence| {
            let repeated = sentence.repeated.iter().map(|problems| lines(problems)).collect();
            (sentence.sentence, repeated, lines(&sentence.problems))
        });
        checked.collect()
    }
}

fn python_chunk(py: Python<'_>, outcome: Outcome) -> PyResult<Option<Bound<'_, PyByteArray>>> {
    match outcome {
        None => Ok(None),
        Some(Err(error)) => Err(error.raise()),
        Some(Ok(chunk)) => Ok(Some(PyByteArray::new(py, bytemuck::cast_slice(&chunk.samples)))),
    }
}
