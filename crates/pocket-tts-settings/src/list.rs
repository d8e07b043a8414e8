//! A list of settings that is written once.

/// Defines a struct with an optional field for each setting, and `KEYS`, the list of their names and kinds.
///
/// ```
/// pocket_tts_settings::settings_struct! {
///     /// The settings of a program.
///     #[derive(Debug, Default, serde::Deserialize)]
///     struct RawSettings {
///         voice: String,
///         threads: usize,
///     }
/// }
///
/// let keys = RawSettings::KEYS.iter().map(|(key, _)| *key);
/// assert_eq!(keys.collect::<Vec<_>>(), ["voice", "threads"]);
/// assert_eq!(RawSettings::default().threads, None);
/// ```
#[macro_export]
macro_rules! settings_struct {
    ($(#[$attribute:meta])* $visibility:vis struct $name:ident { $($key:ident: $type:ty),+ $(,)? }) => {
        $(#[$attribute])*
        $visibility struct $name {
            $($visibility $key: Option<$type>,)+
        }

        impl $name {
            /// The key and the kind of each setting.
            $visibility const KEYS: &'static [(&'static str, $crate::Kind)] =
                &[$((stringify!($key), <$type as $crate::SettingType>::KIND)),+];
        }
    };
}
