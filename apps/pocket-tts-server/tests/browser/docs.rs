//! The description of the API, as people read it.

use serde_json::{Value, json};

use crate::{fixture::TestServer, webdriver::Window};

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn every_endpoint_is_shown_with_its_fields_and_an_example() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    browser.value("void (location.href = '/docs')");
    browser.wait_for(
        "[...document.querySelectorAll('h2')].some(one => one.textContent === 'POST /v1/audio/speech')",
    );
    assert!(browser.text("title").starts_with("pocket-tts "));
    let description = browser.run("return (await fetch('/openapi.json')).json()");
    let methods = |path: &Value| path.as_object().unwrap().len();
    let operations: usize = description["paths"].as_object().unwrap().values().map(methods).sum();
    assert_eq!(browser.value("document.querySelectorAll('#contents a').length"), json!(operations));
    let targets =
        "[...document.querySelectorAll('#contents a')].every(link => document.querySelector(link.hash))";
    assert_eq!(browser.value(targets), json!(true));

    // Each group of them has one heading.
    let headings = "[...document.querySelectorAll('#contents h2')].map(heading => heading.textContent)";
    let repeated = format!("{headings}.filter((name, index, all) => all.indexOf(name) !== index)");
    assert_eq!(browser.value(&repeated), json!([]));

    let shown = browser.value("document.getElementById('post-v1-audio-speech').innerText");
    let shown = shown.as_str().unwrap();
    let command = format!("curl {}/v1/audio/speech", server.origin);
    for part in ["input", "required", "response_format", "X-Seed", &command, "Hello there."] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let shown = browser.value("document.getElementById('get-v1-audio-speech').innerText");
    let shown = shown.as_str().unwrap();
    let command = format!("curl '{}/v1/audio/speech?input=Hello%20there.'", server.origin);
    assert!(shown.contains(&command), "{shown}");
    let examples = browser.value("document.getElementById('start').innerText");
    assert!(examples.as_str().unwrap().contains(&format!("base_url=\"{}/v1\"", server.origin)), "{examples}");
    browser.assert_kept_to_its_origin();
}

/// Schemas as generators write them: composed, by reference, nullable.
const SCHEMAS: &str = "
    const { example, fieldsOf, kindOf } = await import('/web/docs-schema.js')
    const root = { components: { schemas: {
      Base: { properties: { input: { type: 'string', maxLength: 9, example: 'Hello' } }, required: ['input'] },
      Mode: { enum: ['audio', 'sse'], description: 'How' },
      Node: { type: 'object', properties: { next: { $ref: '#/components/schemas/Node' }, id: { type: 'integer' } } },
    } } }
    const ref = name => ({ $ref: `#/components/schemas/${name}` })
    const all = { allOf: [ref('Base'), { properties: { mode: ref('Mode'), speed: { type: ['number', 'null'], minimum: 0.25, maximum: 4 } } }] }
    return {
      fields: fieldsOf(root, all),
      kinds: [
        kindOf(root, { anyOf: [{ type: 'string' }, { type: 'null' }] }),
        kindOf(root, { oneOf: [{ type: 'string' }, { type: 'object' }] }),
        kindOf(root, { type: 'array', items: { type: 'integer' } }),
        kindOf(root, undefined),
        kindOf(root, { type: 'integer', minimum: 0, maximum: 18446744073709551615 }),
      ],
      example: example(root, { schema: all }),
      named: example(root, { examples: { one: { value: 5 } } }),
      endless: JSON.stringify(example(root, { schema: ref('Node') })).length < 200,
    }";

#[test]
#[ignore = "needs chromium and chromedriver; `cargo xtask ci` runs it"]
fn schemas_of_any_generator_are_understood() {
    let server = TestServer::start(&[]);
    let browser = server.open(Window::Desktop);
    let found = browser.run(SCHEMAS);
    let field = |name: &str, kind: &str, is_required: bool, description: &str| json!({ "name": name, "kind": kind, "isRequired": is_required, "description": description });
    let fields = json!([
        field("input", "string, at most 9 characters", true, ""),
        field("mode", "one of audio, sse", false, "How"),
        field("speed", "number, 0.25 to 4", false, ""),
    ]);
    assert_eq!(found["fields"], fields);
    assert_eq!(
        found["kinds"],
        json!(["string", "string or object", "list of integer", "", "integer, at least 0"])
    );
    assert_eq!(found["example"], json!({ "input": "Hello", "mode": "audio", "speed": 0.25 }));
    assert_eq!((&found["named"], &found["endless"]), (&json!(5), &json!(true)));
    browser.assert_kept_to_its_origin();
}
