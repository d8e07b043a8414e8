// Errors of fields, shown beside them.

import { find, show } from './dom.js'

/** The elements of the page for the server's field names. */
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

/** Shows an error beside its field and moves the focus there; false if no field shows it. */
export function tellFault(error) {
  const field = error.field ?? BY_PARAM[error.param]
  if (!field) return false
  const place = find(`${field}-problem`)
  place.hidden = false
  for (let parent = place.parentElement; parent; parent = parent.parentElement) {
    if (parent instanceof HTMLDetailsElement) parent.open = true
  }
  // A hidden field, such as a single model, cannot show it.
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

/** Clears the error of one field or of all. */
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
  // The input itself is hidden.
  return field === 'file' ? find('record') : find(field)
}
