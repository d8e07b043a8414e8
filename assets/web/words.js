// Errors in words for people. The server's own messages are for programs: they name fields
// of requests. It must not know the page's elements.

const BY_CODE = {
  empty_text: 'There is no text yet. Type or paste some.',
  nothing_to_say: 'The voice can’t say anything in this text. Write it out in words.',
  string_above_max_length: 'The text is too long for this server. Split it into parts.',
  voice_not_found: 'This voice is no longer on the server. Choose another one.',
  model_not_found: 'This model is no longer on the server. Reload this page and choose another one.',
  no_voice_cloning: 'The chosen model can’t clone voices. Choose one of its own voices.',
  name_taken: 'A voice with this name already exists. Choose another name.',
  too_many_voices: 'The server can’t store another voice. Delete one that is no longer needed.',
  voices_disabled: 'This server doesn’t store voices. You can use the recording without saving it.',
  consent_required: 'Confirm that the speaker agrees.',
}

const BY_PARAM = {
  name: 'A name consists of letters, digits, hyphens, underscores, dots, apostrophes, and spaces between them. It can’t begin with “voice_”.',
  seed: 'The seed must be a whole number from 0 to 18446744073709551615, or empty.',
  temperature: 'The temperature must be a number from 0 to 5, or empty.',
}

const BY_STATUS = {
  413: 'The request is too large for this server.',
  429: 'The server is busy.',
  503: 'The server can’t do that right now.',
}

/** Characters that a warning names one by one. */
const MAX_LISTED = 10

/** A sentence for people about an error response. `message` is the server's. */
export function inWords({ status, code = null, param = null, message }) {
  // A mark in the text can name a voice, too.
  const isInText = code === 'voice_not_found' && param === 'input'
  const known = (isInText ? undefined : BY_CODE[code]) ?? (status < 500 ? BY_PARAM[param] : undefined)
  if (known) return known
  const sentence = asSentence(message)
  if (code === 'rate_limit_exceeded') return `Too many requests. ${sentence}`
  const begin = BY_STATUS[status] ?? (status >= 500 ? 'Something went wrong on the server.' : '')
  return `${begin} ${sentence}`.trim()
}

/** One warning about a text, as the server's check gives it. */
export function warningInWords({ code, message, characters = [], sentence, sentences = [sentence] }) {
  if (code === 'unknown_characters' && characters.length > 0) {
    const shown = characters.slice(0, MAX_LISTED).map(character => `“${character}”`).join(', ')
    const more = characters.length - MAX_LISTED
    const list = more > 0 ? `${shown} and ${more} other ${more > 1 ? 'characters' : 'character'}` : shown
    const them = characters.length > 1 ? 'them' : 'it'
    return `This voice can’t say ${list} and omits ${them}. Write ${them} in words.`
  }
  if (code?.startsWith('overlong_sentence') && sentences[0]) {
    const more = sentences.length > 1 ? ` and ${sentences.length - 1} more` : ''
    return `This sentence is very long, so words may be lost. Split it into shorter sentences: “${shorten(sentences[0], 60)}”${more}`
  }
  return asSentence(message)
}

/** The text itself if it is no longer than this, else as many whole words as fit, and an ellipsis. */
export function shorten(text, maxCharacters) {
  const plain = text.trim().replace(/\s+/g, ' ')
  if ([...plain].length <= maxCharacters) return plain
  return `${wholeWords(plain, maxCharacters - 1)}…`
}

/** As many whole words of a text as fit into this many characters; a longer first word is cut. */
export function wholeWords(text, maxCharacters) {
  const characters = [...text]
  if (characters.length <= maxCharacters) return text
  const start = characters.slice(0, maxCharacters).join('')
  const isAtEnd = characters[maxCharacters] === ' '
  const end = isAtEnd ? -1 : start.lastIndexOf(' ')
  return (end > 0 ? start.slice(0, end) : start).trimEnd()
}

function asSentence(message) {
  // Advice about options and fields is for operators and programs.
  const plain = message.replace(/, for\s+example with `[^`]*`/, '').replace(/`([^`]*)`/g, '“$1”')
  return plain.charAt(0).toUpperCase() + plain.slice(1).replace(/\.?$/, '.')
}
