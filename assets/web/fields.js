// What is wrong with a field of the page, told beside it.

import { find, show } from './dom.js'

/** Where the server's names of fields are on the page. */
const BY_PARAM = {
  input: 'text',
  text: 'text',
  model: 'model',
  language: 'model',
  voice: 'voice',
  voice_url: 'voice',
  voice_wav: 'file',
  audio_sample: 'file',
  consent: 'consent',
  name: 'name',
  speed: 'speed',
  temperature: 'temperature',
  seed: 'seed',
}
const FIELDS = [...new Set(Object.values(BY_PARAM))]

/** An error that belongs to a field of the page. */
export function fault(field, message) {
  return Object.assign(new Error(message), { field })
}

/** Tells an error beside its field and moves the focus there; false if no field shows it. */
export function tellFault(error) {
  const field = error.field ?? BY_PARAM[error.param]
  if (!field) return false
  const place = find(`${field}-problem`)
  place.hidden = false
  for (let parent = place.parentElement; parent; parent = parent.parentElement) {
    if (parent instanceof HTMLDetailsElement) parent.open = true
  }
  // A field that isn't offered, such as a single model, can't show it.
  if (place.getClientRects().length === 0) {
    place.hidden = true
    return false
  }
  place.textContent = error.message
  const element = elementOf(field)
  element?.setAttribute('aria-invalid', 'true')
  element?.focus()
  place.scrollIntoView({ block: 'nearest' })
  return true
}

/** Takes back what was told, of one field or of all. */
export function clearFaults(fields = FIELDS) {
  for (const field of fields) {
    show(`${field}-problem`, false)
    find(`${field}-problem`).textContent = ''
    elementOf(field)?.removeAttribute('aria-invalid')
  }
}

export function listen() {
  for (const field of FIELDS) {
    const clear = () => clearFaults([field])
    const area = field === 'voice' ? find('voices') : find(field)
    area.addEventListener('input', clear)
    area.addEventListener('change', clear)
  }
}

function elementOf(field) {
  if (field === 'voice') return document.querySelector('input[name=voice]:checked')
  // The input itself can't be seen.
  return field === 'file' ? find('record') : find(field)
}
