// Names for people: of models, voices and languages. It must not know the page's elements.

const LANGUAGES = new Intl.DisplayNames(['en'], { type: 'language' })

/** The preview sentences, by language. */
const SAMPLES = {
  en: 'Hello. This is how I sound.',
  fr: 'Bonjour. Voici ma voix.',
  de: 'Hallo. So klinge ich.',
  pt: 'Olá. Esta é a minha voz.',
  it: 'Ciao. Questa è la mia voce.',
  es: 'Hola. Esta es mi voz.',
  nl: 'Hallo. Zo klink ik.',
}

/** A short sentence in this language (ISO 639-1), or in English. */
export function sampleText(language) {
  return SAMPLES[language] ?? SAMPLES.en
}

/** The name of a language (ISO 639-1); empty if it is unknown. */
export function languageName(language) {
  return language ? LANGUAGES.of(language) : ''
}

/** `bill_boerst` is Bill Boerst. */
export function voiceName(id) {
  return id.split('_').filter(Boolean).map(capitalised).join(' ')
}

/** `french_24l` is “French, large”. */
export function modelName(id, language) {
  const title = languageName(language)
  if (id === 'tiny') return 'English, small'
  const parts = id.split('_').filter(Boolean)
  const [first = '', ...rest] = parts
  if (!title || ![title.toLowerCase(), language].includes(first.toLowerCase())) return parts.map(capitalised).join(' ')
  return [title, ...rest.map(variant)].join(', ')
}

/** Models by name, as `[id, name]`. Models with the same name also show their ids. */
export function modelNames(ids, languageOf) {
  const names = ids.map(id => modelName(id, languageOf(id)))
  const isShared = name => names.filter(other => other === name).length > 1
  return ids.map((id, index) => [id, isShared(names[index]) ? `${names[index]} (${id})` : names[index]])
}

function variant(part) {
  if (part === '24l') return 'large'
  const millions = /^(\d+)m$/.exec(part)
  return millions ? `${millions[1]} million parameters` : part
}

function capitalised(word) {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
