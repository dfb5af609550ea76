//! Slugs: the readable part of a page's address.

/// 1 to 80 of `a-z 0-9`, in groups joined by single hyphens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slug(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a slug: use 1 to 80 lower-case letters and digits, in groups joined by '-'")]
pub struct SlugError(String);

const LENGTH_MAX: usize = 80;

impl Slug {
    /// # Errors
    /// [`SlugError`].
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        let group = |group: &str| {
            !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.len() <= LENGTH_MAX && text.split('-').all(group) {
            return Ok(Self(text.to_owned()));
        }
        Err(SlugError(text.chars().take(LENGTH_MAX).collect()))
    }

    /// The slug that a title gives: Latin letters without their accents, everything else a hyphen. A title without
    /// any Latin letter or digit gives `product`.
    pub fn derive(title: &str) -> Self {
        let mut slug = String::new();
        for part in title.chars().flat_map(char::to_lowercase) {
            match plain(part) {
                Some(letters) => slug.push_str(letters),
                None if part.is_ascii_alphanumeric() => slug.push(part),
                // "Tom's" is one word
                None if matches!(part, '\'' | '’') => {}
                None if slug.ends_with('-') || slug.is_empty() => {}
                None => slug.push('-'),
            }
        }
        slug.truncate(LENGTH_MAX - SUFFIX_ROOM);
        let slug = slug.trim_end_matches('-');
        Self(if slug.is_empty() { "product".to_owned() } else { slug.to_owned() })
    }

    /// The same slug for the `number`th product that gives it.
    pub fn numbered(&self, number: u32) -> Self {
        let base: String = self.0.chars().take(LENGTH_MAX - SUFFIX_ROOM).collect();
        Self(format!("{}-{number}", base.trim_end_matches('-')))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Room for `-` and the digits of a number.
const SUFFIX_ROOM: usize = 11;

/// Accented Latin letters, which titles of our markets hold.
fn plain(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'ć' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => "e",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => "i",
        'ł' => "l",
        'ñ' | 'ń' | 'ň' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ö' | 'œ' => "oe",
        'ř' => "r",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'ß' => "ss",
        'ť' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ū' | 'ů' | 'ű' => "u",
        'ü' => "ue",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_slugs() {
        for (title, slug) in [
            ("Blue Mug, 300 ml", "blue-mug-300-ml"),
            ("  Crème brûlée — für Zwei!", "creme-brulee-fuer-zwei"),
            ("Tom's Straße", "toms-strasse"),
            ("चाय", "product"),
            ("", "product"),
        ] {
            assert_eq!(Slug::derive(title).as_str(), slug, "{title}");
            assert!(Slug::parse(slug).is_ok());
        }
        assert_eq!(Slug::derive("Mug").numbered(2).as_str(), "mug-2");
    }

    #[test]
    fn long_titles_leave_room_for_a_number() {
        let slug = Slug::derive(&"long ".repeat(60));
        assert!(Slug::parse(slug.as_str()).is_ok(), "{slug:?}");
        assert!(Slug::parse(slug.numbered(u32::MAX).as_str()).is_ok());
    }

    #[test]
    fn what_is_not_a_slug_is_refused() {
        for text in ["", "-", "a-", "-a", "a--b", "A", "a b", "ä", &"x".repeat(81)] {
            assert!(Slug::parse(text).is_err(), "{text}");
        }
    }
}
