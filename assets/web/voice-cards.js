// The voices as cards: a name, a language, and a button to hear each. It must not know the server.

import { find } from './dom.js'

/**
 * Shows voices, as `{ id, name, about }`, and selects one. A single voice is not a choice: its card only shows the
 * name. `hear` is called with a voice and its card's button, `choose` after a selection.
 */
export function showCards(voices, chosen, { hear, choose }) {
  const isChoice = voices.length > 1
  const cards = voices.map(voice => {
    const card = find('voice-card').content.cloneNode(true)
    const radio = card.querySelector('input')
    radio.value = voice.id
    radio.checked = voice.id === chosen
    radio.hidden = !isChoice
    radio.disabled = !isChoice
    radio.addEventListener('change', () => {
      leaveOneStop()
      choose()
    })
    card.querySelector('.voice-name').textContent = voice.name
    card.querySelector('.voice-about').textContent = voice.about
    const button = card.querySelector('button')
    name(button, voice, false)
    button.addEventListener('click', () => hear(voice, button))
    return card
  })
  find('voices').classList.toggle('single', !isChoice)
  find('voice-list').replaceChildren(...cards)
  leaveOneStop()
  scrollToChosen()
}

/** The id of the chosen voice. */
export function chosenId() {
  return find('voice-list').querySelector('input:checked')?.value ?? ''
}

export function focusChosen() {
  find('voice-list').querySelector('input:checked')?.focus()
}

/** Labels the button of a voice: play or stop the preview. */
export function name(button, voice, isHeard) {
  button.setAttribute('aria-label', isHeard ? `Stop ${voice.name}` : `Hear ${voice.name}`)
  button.title = isHeard ? 'Stop' : 'Hear this voice'
  button.dataset.state = isHeard ? 'playing' : ''
}

/** Tab stops at the chosen voice's button only; arrows lead to the other voices. */
function leaveOneStop() {
  for (const card of find('voice-list').children) {
    card.querySelector('button').tabIndex = card.querySelector('input').checked ? 0 : -1
  }
}

function scrollToChosen() {
  const list = find('voice-list')
  const card = list.querySelector('input:checked')?.closest('.voice')
  if (card) list.scrollTop = card.offsetTop - (list.clientHeight - card.offsetHeight) / 2
}
