// The speeches since the page was loaded, to play or save again. Their number and memory are limited;
// the oldest is removed first.

import { clock, find, show } from './dom.js'
import { shorten } from './words.js'

const MAX_SPEECHES = 20
/** Half an hour at 24 kHz; 86 MB. */
const MAX_SAMPLES = 43_200_000
const TEXT_CHARACTERS = 120
const NAME_CHARACTERS = 30

/** The newest first, as `{ speech, element }`. */
let entries = []
let replay = () => {}
let download = () => {}

/** `replay` and `download` are called with a speech. */
export function listen(actions) {
  ;({ replay, download } = actions)
  find('clear-history').addEventListener('click', () => {
    keep([])
    find('text').focus()
  })
}

/** Adds a speech that has ended, as the newest. */
export function add(speech) {
  if (speech.samples.length === 0) return
  keep([{ speech, element: elementOf(speech) }, ...entries])
  tellCurrent(speech)
}

/** Marks the speech that the player shows. */
export function tellCurrent(speech) {
  for (const entry of entries) {
    if (entry.speech === speech) entry.element.setAttribute('aria-current', 'true')
    else entry.element.removeAttribute('aria-current')
  }
}

function keep(candidates) {
  let samples = 0
  entries = candidates.slice(0, MAX_SPEECHES).filter(({ speech }, index) => {
    samples += speech.samples.length
    return index === 0 || samples <= MAX_SAMPLES
  })
  find('history-list').replaceChildren(...entries.map(entry => entry.element))
  show('history', entries.length > 0)
}

function elementOf(speech) {
  const { wish, voiceName, samples, sampleRate, isWhole } = speech
  const element = find('history-entry').content.firstElementChild.cloneNode(true)
  const part = isWhole ? '' : 'incomplete'
  element.querySelector('.said').textContent = shorten(wish.text, TEXT_CHARACTERS)
  element.querySelector('.about').textContent = [voiceName, clock(samples.length / sampleRate), part].filter(Boolean).join(' · ')
  for (const [kind, label, action] of [['.replay', 'Play again', replay], ['.save', 'Download', download]]) {
    const button = element.querySelector(kind)
    button.setAttribute('aria-label', `${label}: ${shorten(wish.text, NAME_CHARACTERS)}`)
    button.title = label
    button.addEventListener('click', () => action(speech))
  }
  return element
}
