//! Unit tests of the page's modules that turn bytes into audio.

use serde_json::json;

use crate::{fixture::TestServer, webdriver::Window};

/// Pieces of a tone are the same as the whole; a tone stays that tone; the length is right.
const RESAMPLER: &str = "
    const { Resampler } = await import('/web/resampler.js')
    const join = parts => Float32Array.from(parts.flatMap(part => [...part]))
    const results = []
    for (const [from, to] of [[24000, 48000], [24000, 44100], [24000, 16000], [24000, 24000]]) {
      const tone = Float32Array.from({ length: 24000 }, (_, index) => Math.sin(2 * Math.PI * 440 * index / from))
      const whole = new Resampler(from, to)
      const expected = join([whole.push(tone), whole.finish()])
      const pieces = new Resampler(from, to)
      const parts = []
      for (let at = 0, length = 1; at < tone.length; at += length, length = length * 7 % 2003) {
        parts.push(pieces.push(tone.subarray(at, at + length)))
      }
      parts.push(pieces.finish())
      const found = join(parts)
      let error = 0
      for (let index = 2000; index < found.length - 2000; index += 1) {
        error = Math.max(error, Math.abs(found[index] - Math.sin(2 * Math.PI * 440 * index / to)))
      }
      results.push({ same: found.every((sample, index) => sample === expected[index]), error, length: found.length })
    }
    return results";

/// A tone stays that tone at another speed, and no step of it is greater than its own; the length is right.
const STRETCHER: &str = "
    const { Stretcher } = await import('/web/tempo.js')
    const join = parts => Float32Array.from(parts.flatMap(part => [...part]))
    const tone = Float32Array.from({ length: 24000 }, (_, index) => Math.sin(2 * Math.PI * 220 * index / 24000))
    return [0.5, 0.75, 1, 1.5, 2].map(speed => {
      const whole = new Stretcher(24000, speed)
      const expected = join([whole.push(tone), whole.finish()])
      const pieces = new Stretcher(24000, speed)
      const parts = []
      for (let at = 0, length = 1; at < tone.length; at += length, length = length * 7 % 2003) {
        parts.push(pieces.push(tone.subarray(at, at + length)))
      }
      parts.push(pieces.finish())
      const found = join(parts)
      const middle = found.subarray(1000, found.length - 1000)
      let crossings = 0
      let step = 0
      for (let index = 1; index < middle.length; index += 1) {
        if (middle[index - 1] < 0 && middle[index] >= 0) crossings += 1
        step = Math.max(step, Math.abs(middle[index] - middle[index - 1]))
      }
      const same = found.every((sample, index) => sample === expected[index])
      return { speed, same, length: found.length, hertz: crossings * 24000 / middle.length, step }
    })";

/// Late, ending or paused audio fades; nothing jumps, and nothing is lost.
const QUEUE: &str = "
    const { SoundQueue } = await import('/web/sound-queue.js')
    const reports = []
    const queue = new SoundQueue(48000, report => reports.push(report))
    const heard = []
    const hear = frames => {
      for (let left = frames; left > 0; left -= 128) {
        const block = new Float32Array(128)
        queue.read(block)
        heard.push(...block)
      }
    }
    const send = (count, generation) => queue.handle({ type: 'samples', generation, samples: new Float32Array(count).fill(0.5) })
    queue.handle({ type: 'flush', generation: 1, isNew: true })
    send(4800, 1); hear(4800)
    const early = Math.max(...heard)
    send(4800, 1); hear(12800)
    send(48000, 1); hear(4800)
    queue.handle({ type: 'pause' }); hear(4800)
    const paused = reports.at(-1)
    queue.handle({ type: 'resume' }); hear(4800)
    send(4800, 0); queue.handle({ type: 'end', generation: 0 }); queue.handle({ type: 'end', generation: 1 })
    hear(96000)
    const jump = heard.reduce((most, sample, index) => Math.max(most, Math.abs(sample - (heard[index - 1] ?? 0))), 0)
    return { early, jump, paused: paused.state, last: reports.at(-1) }";

/// A file in pieces of any size gives its samples; anything but WAV is rejected.
const WAV: &str = "
    const { WavReader, wavFile } = await import('/web/wav.js')
    const samples = Int16Array.from({ length: 1000 }, (_, index) => index * 65 - 32000)
    const bytes = new Uint8Array(await wavFile(samples, 24000).arrayBuffer())
    const same = [1, 3, 50, 5000].map(size => {
      const reader = new WavReader()
      const found = []
      for (let at = 0; at < bytes.length; at += size) found.push(...reader.push(bytes.slice(at, at + size)))
      return reader.sampleRate === 24000 && found.join() === samples.join()
    })
    let refused = ''
    try { new WavReader().push(new TextEncoder().encode('<!doctype html>')) } catch (error) { refused = error.message }
    return { same, refused }";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn bytes_become_sound_without_a_gap_or_a_click() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let results = browser.run(RESAMPLER);
    for (result, length) in results.as_array().unwrap().iter().zip([48_000, 44_100, 16_000, 24_000]) {
        assert_eq!((&result["same"], &result["length"]), (&json!(true), &json!(length)), "{results}");
        assert!(result["error"].as_f64().unwrap() < 1e-3, "{results}");
    }

    let results = browser.run(STRETCHER);
    for result in results.as_array().unwrap() {
        let number = |name: &str| result[name].as_f64().unwrap();
        assert_eq!(result["same"], json!(true), "{results}");
        assert!((number("length") - 24_000.0 / number("speed")).abs() < 1.0, "{results}");
        assert!((number("hertz") - 220.0).abs() < 5.0, "{results}");
        // The tone's own is 0.058.
        assert!(number("step") < 0.09, "{results}");
    }

    let result = browser.run(QUEUE);
    assert_eq!(result["early"], json!(0), "100 ms are too little to begin with: {result}");
    // The whole step would be 0.5.
    assert!(result["jump"].as_f64().unwrap() < 0.01, "{result}");
    assert_eq!(result["paused"], json!("paused"), "{result}");
    let last = json!({ "generation": 1, "played": 57_600, "underruns": 1, "state": "finished" });
    assert_eq!(result["last"], last);

    let result = browser.run(WAV);
    assert_eq!(result["same"], json!([true, true, true, true]), "{result}");
    assert!(result["refused"].as_str().unwrap().contains("not a WAV file"), "{result}");
    browser.assert_kept_to_its_origin();
}
