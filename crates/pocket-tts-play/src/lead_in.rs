//! How much sound must exist before it is played, so that it does not run dry. It must not know who plays.

use std::time::Duration;

/// Seconds of sound that are always kept: more than a frame, for the irregular pace of a busy machine.
const SAFETY_S: f64 = 0.16;
/// The share of the measured speed that is counted on, as the next sentence may be slower than the ones so far.
const CAUTION: f64 = 0.9;
/// Seconds of sound that are enough if none of it had to be waited for, so that there is no measured speed.
const UNMEASURED_S: f64 = 1.0;
/// Sound is kept for this many seconds at most, so that memory is bounded: 58 MB at 24 kHz.
const MOST_S: f64 = 600.0;

/// Returns how many seconds of sound must exist when playing begins, so that playing never overtakes the generation of the
/// `remaining_s` seconds that follow.
///
/// `times_real_time` is the speed of the generation: seconds of sound per second. With a lead of `L` seconds, `L + v t`
/// seconds exist `t` seconds later, and `t` have been played. Generation ends at `t = R / v`, so it is never overtaken if
/// `L >= R (1 / v - 1)`. `v` is nine tenths of the measured speed, and 0.16 s are added. So a generation that is at least
/// 1.12 times as fast as real time is heard almost at once. The result is 600 s at most; a longer sound from a slower
/// machine has gaps.
pub fn lead_in_s(times_real_time: f64, remaining_s: f64) -> f64 {
    let speed = (times_real_time * CAUTION).max(f64::MIN_POSITIVE);
    let catching_up = (remaining_s.max(0.0) * (1.0 / speed - 1.0)).max(0.0);
    (SAFETY_S + catching_up).min(MOST_S)
}

/// A piece of sound that was generated.
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    /// When it came, which counts from any moment.
    pub now: Duration,
    /// Its length, in seconds.
    pub sound_s: f64,
    /// Whether the caller had to wait for it. A piece that was there already says nothing of the speed.
    pub was_awaited: bool,
}

/// Decides when to begin to play, from the pace at which sound comes.
#[derive(Debug, Clone, Default)]
pub struct LeadIn {
    /// Sound and the time in which it was generated, as far as both were measured.
    sound_s: f64,
    took_s: f64,
    last: Option<Duration>,
    /// Seconds of sound that wait.
    held_s: f64,
}

impl LeadIn {
    /// Sound begins to come again after a wait that says nothing of the speed, as for the rest of a text.
    pub fn restart(&mut self) {
        self.last = None;
        self.held_s = 0.0;
    }

    /// As [`restart`](Self::restart), for sound that comes in long pieces, such as whole sentences, from this moment on. The
    /// first piece tells the speed too, as its preparation takes a small part of its time.
    pub fn restart_at(&mut self, now: Duration) {
        self.last = Some(now);
        self.held_s = 0.0;
    }

    /// Takes note of a piece. About `remaining_s` seconds of sound follow, and `ahead_s` are still to be heard of what was
    /// released before. Returns whether the sound that waits can be played.
    ///
    /// After [`restart`](Self::restart) the first awaited piece says nothing of the speed, as its time includes the
    /// preparation of the sentence.
    pub fn add(&mut self, piece: Piece, ahead_s: f64, remaining_s: f64) -> bool {
        if let Some(last) = self.last {
            self.sound_s += piece.sound_s;
            self.took_s += piece.now.saturating_sub(last).as_secs_f64();
        }
        if self.last.is_some() || piece.was_awaited {
            self.last = Some(piece.now);
        }
        self.held_s += piece.sound_s;
        let needed_s = self.times_real_time().map_or(UNMEASURED_S, |speed| lead_in_s(speed, remaining_s));
        ahead_s + self.held_s >= needed_s
    }

    /// The measured speed, in seconds of sound per second; `None` before a piece that follows an awaited one.
    pub fn times_real_time(&self) -> Option<f64> {
        (self.sound_s > 0.0).then(|| self.sound_s / self.took_s.max(1e-9))
    }

    /// Seconds until [`add`](Self::add) will agree, if the speed stays and `remaining_s` follow. `None` without a
    /// measured speed.
    pub fn wait_s(&self, remaining_s: f64) -> Option<f64> {
        let speed = self.times_real_time()?;
        let (lead_s, total_s) = (lead_in_s(speed, remaining_s), remaining_s + self.held_s);
        // The lead that is needed shrinks as the sound grows.
        let slope = (1.0 / (speed * CAUTION) - 1.0).max(0.0);
        let begin_s = ((SAFETY_S + total_s * slope) / (1.0 + slope)).min(MOST_S);
        let missing_s = if lead_s > self.held_s { begin_s - self.held_s } else { 0.0 };
        Some(missing_s.max(0.0) / speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME_S: f64 = 0.08;

    fn frame(now: Duration) -> Piece {
        Piece { now, sound_s: FRAME_S, was_awaited: true }
    }

    /// When playing begins, and the seconds of silence within a sound of this length whose frames come at this speed.
    fn play(times_real_time: f64, length_s: f64) -> (f64, f64) {
        let (mut lead_in, mut begun, mut heard_until, mut gap_s) = (LeadIn::default(), None, 0.0, 0.0);
        let frames = (length_s / FRAME_S).round() as usize;
        for index in 0..frames {
            // The first frame takes longer.
            let now_s = 0.3 + (index + 1) as f64 * FRAME_S / times_real_time;
            let sound_s = (index + 1) as f64 * FRAME_S;
            if begun.is_some() {
                gap_s += (now_s - heard_until).max(0.0);
                heard_until = heard_until.max(now_s) + FRAME_S;
                continue;
            }
            let now = Duration::from_secs_f64(now_s);
            if lead_in.add(frame(now), 0.0, length_s - sound_s) || index + 1 == frames {
                begun = Some(now_s);
                heard_until = now_s + sound_s;
            }
        }
        (begun.unwrap(), gap_s)
    }

    #[test]
    fn sound_that_comes_faster_than_it_is_heard_is_played_almost_at_once() {
        for times_real_time in [1.12, 2.0, 5.0, 100.0] {
            let (begun_s, gap_s) = play(times_real_time, 600.0);
            assert!(
                gap_s == 0.0 && begun_s < 0.8,
                "{times_real_time}: begins after {begun_s} s, gap of {gap_s} s"
            );
        }
    }

    #[test]
    fn sound_that_comes_slowly_waits_until_the_rest_fits() {
        for times_real_time in [0.1, 0.3, 0.5, 0.8, 0.95, 1.0, 1.05] {
            for length_s in [0.08, 0.5, 3.0, 20.0, 300.0] {
                let (begun_s, gap_s) = play(times_real_time, length_s);
                assert!(gap_s == 0.0, "{times_real_time}, {length_s} s: a gap of {gap_s} s");
                // Waiting for all of it would be simple.
                let all_s = 0.3 + length_s / times_real_time;
                assert!(
                    length_s < 3.0 || begun_s < all_s - 0.4 * length_s,
                    "{times_real_time}: {begun_s} of {all_s} s"
                );
            }
        }
    }

    #[test]
    fn the_lead_in_is_as_documented() {
        let is = |speed, remaining_s, expected: f64| {
            let found = lead_in_s(speed, remaining_s);
            assert!(
                (found - expected).abs() < 1e-9,
                "{found} s at speed {speed} with {remaining_s} s to come"
            );
        };
        is(3.0, 1_000.0, 0.16);
        is(0.5, 0.0, 0.16);
        is(0.5, -1.0, 0.16);
        // Nine tenths of the speed.
        is(0.5 / 0.9, 10.0, 10.16);
        is(0.8 / 0.9, 10.0, 2.66);
        is(0.0, 10.0, 600.0);
        is(0.1, 1_000.0, 600.0);
    }

    #[test]
    fn the_wait_is_foreseen() {
        let mut lead_in = LeadIn::default();
        assert_eq!(lead_in.wait_s(10.0), None);
        for index in 0_u64..5 {
            let now = Duration::from_millis(160 * index);
            assert!(!lead_in.add(frame(now), 0.0, 10.0 - FRAME_S * index as f64));
        }
        let foreseen_s = lead_in.wait_s(9.6).unwrap();
        let (begun_s, _) = play(0.5, 10.0);
        let waited_s = begun_s - 0.3 - 5.0 * 0.16;
        assert!((foreseen_s - waited_s).abs() < 0.3, "{foreseen_s} s were foreseen, {waited_s} s it took");
        assert_eq!(lead_in.wait_s(0.0), Some(0.0));
    }

    #[test]
    fn what_is_still_being_heard_counts_as_a_lead() {
        let mut lead_in = LeadIn::default();
        let half_a_second =
            |now_s| Piece { now: Duration::from_secs(now_s), sound_s: 0.5, was_awaited: true };
        assert!(!lead_in.add(half_a_second(0), 0.0, 10.0));
        assert!(!lead_in.add(half_a_second(1), 0.0, 10.0));
        lead_in.restart();
        assert!(!lead_in.add(half_a_second(60), 0.0, 10.0), "the speed is known from before");
        assert!(lead_in.add(half_a_second(61), 20.0, 10.0));
    }

    #[test]
    fn whole_sentences_tell_the_speed_from_the_first_on() {
        let sentence = |now_s| Piece { now: Duration::from_secs(now_s), sound_s: 4.0, was_awaited: true };
        let mut fast = LeadIn::default();
        fast.restart_at(Duration::from_secs(10));
        assert!(fast.add(sentence(12), 0.0, 60.0));
        assert_eq!(fast.times_real_time(), Some(2.0));
        let mut slow = LeadIn::default();
        slow.restart_at(Duration::from_secs(10));
        assert!(!slow.add(sentence(18), 0.0, 8.0));
        assert!(!slow.add(sentence(26), 0.0, 8.0));
        assert!(slow.add(sentence(34), 0.0, 4.0), "12 s wait, and 4 s follow in 8 s");
    }

    #[test]
    fn pieces_that_were_there_already_do_not_make_the_speed_seem_high() {
        let mut lead_in = LeadIn::default();
        let there = Piece { was_awaited: false, ..frame(Duration::ZERO) };
        for _ in 0..3 {
            assert!(!lead_in.add(there, 0.0, 10.0));
        }
        // From here on at half of real time.
        for index in 1..10 {
            assert!(!lead_in.add(frame(Duration::from_millis(160 * index)), 0.0, 10.0), "piece {index}");
        }
        assert!((lead_in.times_real_time().unwrap() - 0.5).abs() < 1e-9);
        // A second of sound that was all there comes from a fast machine.
        let mut lead_in = LeadIn::default();
        assert_eq!((0..20).take_while(|_| !lead_in.add(there, 0.0, 10.0)).count(), 12);
    }
}
