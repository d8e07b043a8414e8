// One speech at a time: requested, played while it is generated, stopped, saved, and kept in the history. The status
// distinguishes generating and playing.

import * as api from './api.js'
import * as choices from './choices.js'
import { clock, fill, find, save, show } from './dom.js'
import { FORMAT_NAMES, fileName, fileOf } from './files.js'
import * as history from './history.js'
import { clearProblem, place, problem, status } from './notices.js'
import * as view from './player-view.js'
import * as preview from './preview.js'
import { soundOf } from './sound-stream.js'
import { Spans } from './spans.js'
import * as textNotes from './text-notes.js'
import * as voices from './voices.js'

const WAITING = 'Waiting for audio…'
const MAKING = 'Generating'
const READY = 'Ready'
const PARTLY_READY = 'Partly ready'
const PLAYED = 'Played'
const STOPPED = 'Stopped'
/** Statuses with a playback position. */
const WITH_PLACE = [MAKING, READY, PARTLY_READY]

/** Running requests: a speech, and files of others. */
const asking = new Set()
/** The last status, and whether Stop was pressed since the last audio. */
let phase = ''
let isStopped = false

export function listen() {
  view.listen(tell)
  find('stop').addEventListener('click', stop)
  find('download').addEventListener('click', () => download(view.place().speech))
  history.listen({ replay, download })
}

/** Applies the features of the server. */
export function apply(about) {
  const formats = about.formats.filter(name => FORMAT_NAMES[name])
  fill(find('format'), formats.map(name => [name, FORMAT_NAMES[name]]))
  find('format').value = choices.remembered('format') ?? 'wav'
  if (find('format').selectedIndex < 0) find('format').value = 'wav'
}

/** Speaks the text of the form. */
export async function speak() {
  clearProblem()
  let wish
  try {
    wish = { ...choices.wish(), ...voices.chosen() }
  } catch (error) {
    status('')
    problem(error)
    return
  }
  stop()
  isStopped = false
  const opened = view.unlock()
  await ask(async signal => {
    tellPhase(WAITING)
    await opened
    await receive({ wish, voiceName: voices.chosenName(), signal })
  }, speak)
}

/** Stops generating and playing. */
export function stop() {
  preview.stop()
  if (asking.size === 0 && !view.isHeard()) return
  for (const request of asking) request.abort()
  asking.clear()
  finish(false)
  view.pause()
  isStopped = true
  tellPhase(STOPPED)
  tell()
}

/** Runs a request that takes a while; shows errors with a button to retry. */
async function ask(action, tryAgain) {
  const request = new AbortController()
  asking.add(request)
  tell()
  try {
    await action(request.signal)
  } catch (error) {
    if (!request.signal.aborted) problem(error, tryAgain)
  } finally {
    asking.delete(request)
    tell()
    view.refresh()
  }
}

async function receive({ wish, voiceName, signal }) {
  const start = performance.now()
  const speech = { wish, voiceName, spans: new Spans(), flaws: 0, isWhole: false, hasEnded: false }
  const isOnShow = () => view.place().speech === speech
  try {
    const answer = await api.speak(wish, { format: 'wav', signal, asEvents: true })
    voices.tellOf(answer)
    for await (const { warnings, flaws, samples, sampleRate, timing } of soundOf(answer)) {
      signal.throwIfAborted()
      if (warnings) textNotes.tell(warnings)
      if (flaws) speech.flaws = flaws.length
      if (timing) speech.spans.take(timing)
      if (samples && !isOnShow()) {
        const first_ms = performance.now() - start
        Object.assign(speech, { seed: answer.headers.get('X-Seed'), first_ms, sampleRate })
        view.begin(speech, sampleRate)
        tellPhase(MAKING)
      }
      if (samples) view.push(samples)
      if (timing && isOnShow()) view.tellSpans()
    }
    if (!isOnShow()) throw new api.Problem('The server sent no audio.')
    speech.took_s = (performance.now() - start) / 1000
    finish(true)
  } catch (error) {
    if (!signal.aborted) {
      finish(false)
      tellPhase('')
    }
    throw error
  }
}

/** Ends the current speech, if it is still arriving. */
function finish(isWhole) {
  const { speech } = view.place()
  if (!speech || speech.hasEnded) return
  Object.assign(speech, { hasEnded: true, isWhole, samples: view.end() })
  history.add(speech)
}

function replay(speech) {
  clearProblem()
  stop()
  isStopped = false
  view.replay(speech)
  history.tellCurrent(speech)
}

async function download(speech) {
  clearProblem()
  const format = find('format').value
  await ask(async signal => {
    if (format !== 'wav') status(`Creating the ${FORMAT_NAMES[format]} file…`)
    save(await fileOf(speech, format, signal), fileName(speech, format))
    status('File saved.')
  }, () => download(speech))
}

/** Updates the status and the buttons. */
function tell() {
  const { speech, state, position_s, length_s } = view.place()
  const isHeard = view.isHeard()
  if (isHeard) isStopped = false
  tellButtons(asking.size > 0 || isHeard)
  document.body.classList.toggle('busy', asking.size > 0)
  if (!speech) return
  if (!speech.hasEnded) tellPhase(MAKING)
  else if (phase !== WAITING && !isStopped && (isHeard || phase !== '')) {
    tellPhase(state === 'finished' ? PLAYED : speech.isWhole ? READY : PARTLY_READY)
  }
  const heard = isHeard ? `playing ${clock(position_s)}` : state === 'paused' ? `paused at ${clock(position_s)}` : ''
  const made = speech.hasEnded ? '' : `${clock(length_s)} generated`
  const isTold = WITH_PLACE.includes(phase) && find('status').textContent === phase
  place(isTold ? ['', made, heard].filter((part, index) => index === 0 || part).join(' · ') : '')
}

function tellPhase(next) {
  if (phase === next) return
  phase = next
  status(next)
}

function tellButtons(isBusy) {
  const hadFocus = [find('speak'), find('stop')].includes(document.activeElement)
  show('speak', !isBusy)
  show('stop', isBusy)
  if (hadFocus) find(isBusy ? 'stop' : 'speak').focus()
}
