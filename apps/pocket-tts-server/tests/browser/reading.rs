//! The text of a speech: warnings about it, and the part that is being played.
//!
//! The page's requests are answered by a stub here, with the responses to be tested.

use serde_json::{Value, json};

use crate::{
    fixture::{READY, TestServer, figure, hear_to_the_end},
    webdriver::{Browser, LEFT, RIGHT, Window},
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

/// Answers a speech with three seconds of two sentences. If `tells`, the events report the times of sentences and the
/// warnings about the text; otherwise the header has the warnings.
fn answer_speeches(browser: &Browser, tells: bool) {
    browser.run(&format!(
        "const {{ wavFile }} = await import('/web/wav.js')
         const bytes = new Uint8Array(await wavFile(new Int16Array(72000).fill(50), 24000).arrayBuffer())
         const audio = btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))
         const real = window.fetch
         window.fetch = async (address, options) => {{
           if (address !== 'v1/audio/speech') return real(address, options)
           window.asked = JSON.parse(options.body)
           const time = (edge, utf16, at) => ({{ type: `speech.sentence.${{edge}}`, utf16, [edge]: at }})
           const times = [{{ type: 'speech.timestamps', word_times: false }}, time('start', [0, 12], 0),
             time('end', [0, 12], 1.5), time('start', [13, 25], 1.5), time('end', [13, 25], 3)]
           const events = [...({tells} ? times : []),
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
        assert_eq!(browser.value("[asked.stream_format, asked.timestamps]"), json!(["sse", true]));
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

/// Spans of events, and a text with them.
const SPANS: &str = "
    const { Spans } = await import('/web/spans.js')
    const { Reading } = await import('/web/reading.js')
    const text = '\u{1f600} $12 for you. Bye'
    const jumps = []
    const element = document.createElement('p')
    document.body.append(element)
    const reading = new Reading(element, at => jumps.push(at))
    const spans = new Spans()
    const take = (unit, edge, utf16, at) => {
      spans.take({ type: `speech.${unit}.${edge}`, utf16, [edge]: at })
      reading.show(text, spans.list)
    }
    spans.take({ type: 'speech.timestamps', word_times: true })
    take('sentence', 'start', [3, 15], 0)
    for (const [utf16, start, end] of [[[3, 6], 0.2, 0.4], [[3, 6], 0.4, 0.8], [[7, 10], 0.8, 1], [[11, 14], 1, 1.2]]) {
      take('word', 'start', utf16, start)
      take('word', 'end', utf16, end)
    }
    take('sentence', 'end', [3, 15], 1.3)
    take('word', 'start', [16, 19], 2)
    const heardAt = at => {
      reading.mark(at)
      return element.querySelector('.heard')?.textContent ?? null
    }
    const heard = [0.1, 0.3, 0.6, 0.8, 1.25, 99, null].map(heardAt)
    element.children[1].click()
    reading.mark(0.9)
    for (const key of ['ArrowRight', 'ArrowLeft', 'Home']) element.dispatchEvent(new KeyboardEvent('keydown', { key }))
    const whole = element.textContent === text
    const first = element.children[0]
    reading.show(text, spans.list)
    const isKept = element.children[0] === first
    element.remove()
    return { parts: spans.list.map(({ from, to }) => text.slice(from, to)), heard, jumps, whole, isKept,
             first: [spans.list[0].start_s, spans.list[0].stop_s] }";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn parts_of_a_text_are_collected_followed_and_chosen() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let found = browser.run(SPANS);
    assert_eq!(found["parts"], json!(["$12", "for", "you", "Bye"]), "{found}");
    assert_eq!(found["heard"], json!([null, "$12", "$12", "for", null, "Bye", null]));
    assert_eq!(found["first"], json!([0.2, 0.8]));
    assert_eq!(found["jumps"], json!([0.8, 1, 0.2]));
    assert_eq!((&found["whole"], &found["isKept"]), (&json!(true), &json!(true)));
    browser.assert_kept_to_its_origin();
}

/// The words of the text that is being played.
const PARTS: &str = "[...document.querySelectorAll('#reading .part')].map(part => part.textContent)";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn the_word_being_heard_is_marked_and_a_click_goes_to_a_word() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    // The driver can't type characters beyond the basic plane.
    browser.run(
        "const text = document.getElementById('text')
         text.value = 'Yes, \u{1f600} it costs $12.50 at Zoe’s shop.\\n\\nGood morning, my dear friends.'
         text.dispatchEvent(new Event('input'))
         window.marked = []
         new MutationObserver(() => {
           const heard = document.querySelector('#reading .heard')?.textContent
           if (heard && heard !== marked.at(-1)) marked.push(heard)
         }).observe(document.getElementById('reading'), { subtree: true, attributes: true, attributeFilter: ['class'] })",
    );
    browser.click("#speak");
    hear_to_the_end(&browser);
    let parts: Vec<String> = serde_json::from_value(browser.value(PARTS)).unwrap();
    let letters = |part: &String| part.trim_end_matches([',', '.']).to_owned();
    let plain: Vec<String> = parts.iter().map(letters).collect();
    let expected =
        ["Yes", "it", "costs", "$12.50", "at", "Zoe’s", "shop", "Good", "morning", "my", "dear", "friends"];
    assert_eq!(plain, expected);
    let marked: Vec<String> = serde_json::from_value(browser.value("marked")).unwrap();
    // A busy machine may draw too rarely for some words.
    let mut rest = parts.iter();
    assert!(
        marked.iter().all(|word| rest.any(|part| part == word)),
        "{marked:?} are not in order in {parts:?}"
    );
    assert!(marked.len() >= parts.len() / 2, "only {marked:?} were marked");

    // A click goes to a word, and the arrows to the ones beside it.
    let place = |index: usize| {
        let is_marked = format!(
            "document.querySelector('#reading .heard') === document.querySelectorAll('#reading .part')[{index}]"
        );
        browser.wait_for(&is_marked);
        figure(&browser, "played")
    };
    browser.click("#play");
    browser.wait_for("document.getElementById('player').dataset.state === 'playing'");
    browser.click("#play");
    browser.wait_for("document.getElementById('player').dataset.state === 'paused'");
    browser.click("#reading .part:nth-of-type(9)");
    let at_morning = place(8);
    browser.press(RIGHT, &[]);
    assert!(place(9) > at_morning);
    browser.press(LEFT, &[]);
    assert_eq!(place(8), at_morning);
    browser.click("#reading .part:nth-of-type(1)");
    assert!(place(0) < at_morning);
    browser.assert_kept_to_its_origin();
}
