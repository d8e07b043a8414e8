//! The text of a speech: warnings about it, and the part that is being played.
//!
//! The page's requests are answered by a stub here, with the responses to be tested.

use serde_json::{Value, json};

use crate::{
    fixture::{READY, TestServer, figure, hear_to_the_end},
    webdriver::{Browser, Window},
};

/// Answers checks of texts: digits are unknown, and without letters there is nothing to say.
const CHECKS: &str = "
    const real = window.fetch
    window.checks = []
    window.fetch = async (address, options) => {
      if (address !== 'v1/audio/check') return real(address, options)
      const { input, model } = JSON.parse(options.body)
      window.checks.push([input, model])
      const answer = (status, body) => new Response(JSON.stringify(body), { status })
      if (input === 'gone') return answer(404, { error: { message: 'Not Found' } })
      if (!/[a-z]/.test(input)) return answer(400, { error: { code: 'nothing_to_say', message: 'm', param: 'input' } })
      const characters = input.match(/[0-9]/g) ?? []
      const warnings = characters.length ? [{ code: 'unknown_characters', message: 'm', characters }] : []
      if (input.length > 60) warnings.push({ code: 'overlong_sentences', message: 'm', sentences: [input, 'b'] })
      if (input.includes('odd')) warnings.push({ code: 'other', message: 'the text is odd' })
      return answer(200, { warnings, tokens: 1, sentences: 1 })
    }";

/// Answers a speech with three seconds of two sentences. If `tells`, the events report the sentences and the warnings
/// about the text; otherwise the header does.
fn answer_speeches(browser: &Browser, tells: bool) {
    browser.run(&format!(
        "const {{ wavFile }} = await import('/web/wav.js')
         const bytes = new Uint8Array(await wavFile(new Int16Array(72000).fill(50), 24000).arrayBuffer())
         const audio = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
         const real = window.fetch
         window.fetch = async (address, options) => {{
           if (address !== 'v1/audio/speech') return real(address, options)
           window.asked = JSON.parse(options.body)
           const told = (text, start_s) => ({tells} ? [{{ type: 'speech.audio.sentence', text, start_s }}] : [])
           const events = [...told('hello there', 0), ...told('how are you', 1.5),
             {{ type: 'speech.audio.delta', audio, ...({tells} && {{ warnings: [
               {{ code: 'unknown_characters', message: 'm', characters: ['é'] }}] }}) }}, {{ type: 'speech.audio.done' }}]
           const body = events.map(event => `data: ${{JSON.stringify(event)}}\\n\\n`).join('')
           const headers = {{ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Seed': '7',
             'X-Text-Warning': encodeURIComponent('the text has “é”; it is odd') }}
           return new Response(body, {{ headers }})
         }}"
    ));
}

fn notes(browser: &Browser) -> Value {
    browser.value("[...document.querySelectorAll('#text-notes li')].map(note => note.firstChild.textContent)")
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn warnings_about_a_text_are_shown_while_it_is_typed() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.run_first(CHECKS);
    browser.visit();
    browser.wait_for(READY);
    // Typing may pause in between: only the final state counts.
    let tells = |expected: &Value| {
        let notes =
            "[...document.querySelectorAll('#text-notes li')].map(note => note.firstChild.textContent)";
        browser.wait_for(&format!("JSON.stringify({notes}) === {}", json!(expected.to_string())));
    };
    let text = "I have 25 cats.";
    browser.fill("#text", text);
    tells(&json!(["This voice can’t say “2”, “5” and omits them. Write them in words."]));
    assert_eq!(browser.value("checks.at(-1)"), json!([text, "tiny"]));
    let requests = "checks.filter(([text]) => text.startsWith('I')).length";
    let few = format!("{requests} < {}", text.len());
    assert_eq!(browser.value(&few), json!(true), "each character sent a request");
    browser.click("#text-notes button");
    assert_eq!(browser.value("document.getElementById('text').selectionStart"), json!(7));

    browser.fill(
        "#text",
        "This odd sentence goes on and on and on and on and on and on, longer than anybody likes.",
    );
    tells(&json!([
        "This sentence is very long, so words may be lost. Split it into shorter sentences: “This odd sentence goes on \
         and on and on and on and on and…” and 1 more",
        "The text is odd."
    ]));
    browser.fill("#text", "12");
    tells(&json!(["The voice can’t say anything in this text. Write it out in words."]));
    browser.fill("#text", "Fine.");
    tells(&json!([]));

    let many = browser.run(
        "const { warningInWords } = await import('/web/words.js')
         return warningInWords({ code: 'unknown_characters', message: 'm', characters: [...'日本語の文章を読み上げる声'] })",
    );
    assert!(many.as_str().unwrap().contains("“み”, “上” and 3 other characters and omits them"), "{many}");

    // A server without that endpoint gets no further requests.
    browser.fill("#text", "gone");
    browser.wait_for("checks.at(-1)[0] === 'gone'");
    browser.run("await new Promise(done => setTimeout(done, 100))");
    browser.fill("#text", "I have 25 cats.");
    browser.run("await new Promise(done => setTimeout(done, 1500))");
    assert_eq!(browser.value("checks.at(-1)[0]"), json!("gone"));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn numbers_and_marks_are_read_and_wrong_marks_are_explained() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let tells = |expected: &Value| {
        let notes =
            "[...document.querySelectorAll('#text-notes li')].map(note => note.firstChild.textContent)";
        browser.wait_for(&format!("JSON.stringify({notes}) === {}", json!(expected.to_string())));
    };
    browser.fill("#text", "Yes. [pause:long] No.");
    tells(&json!([
        "The mark-up of the text is wrong in line 1, column 6: “long” is not a length of time; write [pause], \
         [pause:500ms] or [pause:1.5s]."
    ]));
    browser.fill("#text", "It costs $5. [pause:1s] Yes.");
    tells(&json!([]));
    browser.click("#speak");
    hear_to_the_end(&browser);
    assert!(figure(&browser, "received") > 24_000 + 12_000);
    assert_eq!(notes(&browser), json!([]));
    browser.fill("#text", "[voice:nobody] Yes.");
    browser.click("#speak");
    let problem = "The mark-up of the text: there is no voice “nobody”; “tiny” has heart.";
    browser.wait_for(&format!("document.body.textContent.includes({})", json!(problem)));
    browser.assert_kept_to_its_origin();
}

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_sentence_being_played_is_marked_if_the_server_reports_it() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    for tells in [true, false] {
        browser.visit();
        browser.wait_for(READY);
        answer_speeches(&browser, tells);
        browser.fill("#text", "Hello there! How are you?");
        browser.click("#speak");
        browser.wait_for("document.getElementById('player').dataset.state === 'playing'");
        assert_eq!(browser.value("asked.stream_format"), json!("sse"));
        browser.click("#play");
        browser.wait_for("document.getElementById('status').textContent === 'Ready'");
        assert_eq!(browser.value("document.getElementById('reading').hidden"), json!(!tells));
        for (seconds, heard) in [(0.5, "Hello there!"), (2.0, "How are you?")] {
            browser.run(&format!(
                "const seek = document.getElementById('seek')
                 seek.value = {seconds}
                 seek.dispatchEvent(new Event('input'))
                 await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            ));
            let marked = browser.value("document.querySelector('.heard')?.textContent ?? null");
            assert_eq!(marked, if tells { json!(heard) } else { Value::Null });
        }
        let note = if tells {
            "This voice can’t say “é” and omits it. Write it in words."
        } else {
            "The text has “é”; it is odd."
        };
        assert_eq!(notes(&browser), json!([note]));
    }
    browser.assert_kept_to_its_origin();
}

/// Sentences are found in any spelling; others are left out. Words work, too.
const SPANS: &str = "
    const { Reading, spansOf } = await import('/web/reading.js')
    const text = 'Dr. Smith’s cat… “Who?” 25 dogs. The end'
    const spans = spansOf(text, [
      { text: 'dr. smith\\'s cat', start_s: 0 }, { text: 'Who?', start_s: 1 },
      { text: 'Twenty-five dogs.', start_s: 2 }, { text: 'The end.', start_s: 3 },
    ])
    const element = document.createElement('p')
    const reading = new Reading(element)
    const words = [...text.matchAll(/\\S+/g)]
    reading.show(text, words.map((word, index) =>
      ({ from: word.index, to: word.index + word[0].length, start_s: index, stop_s: index + 1 })))
    const heard = [0.5, 3, 99, null].map(at => {
      reading.mark(at)
      return element.querySelector('.heard')?.textContent ?? null
    })
    return { sentences: spans.map(({ from, to, start_s, stop_s }) => [text.slice(from, to), start_s, stop_s === Infinity ? null : stop_s]),
             heard, whole: element.textContent === text }";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn parts_of_a_text_are_found_and_followed() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let found = browser.run(SPANS);
    let sentences = json!([["Dr. Smith’s cat…", 0, 1], ["Who?”", 1, 2], ["The end", 3, null]]);
    assert_eq!(found["sentences"], sentences);
    assert_eq!(found["heard"], json!(["Dr.", "“Who?”", null, null]));
    assert_eq!(found["whole"], json!(true));
    browser.assert_kept_to_its_origin();
}
