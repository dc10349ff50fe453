//! A share as people read it. Must never show a rare thing as none.

use std::fmt;

/// A share in percent, with as many digits as tell it from 0 and from its neighbours.
pub(super) struct Percent(pub(super) f64);

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.0 * 100.0;
        let digits = match percent {
            none if none <= 0.0 => 0,
            tiny if tiny < 0.000_1 => return f.write_str("under 0.0001 %"),
            rare if rare < 0.1 => 4,
            few if few < 1.0 => 2,
            some if some < 10.0 => 1,
            _ => 0,
        };
        let text = format!("{percent:.digits$}");
        let short = match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.'),
            false => &text,
        };
        write!(f, "{short} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_is_not_none() {
        let of = |share: f64| Percent(share).to_string();
        assert_eq!(of(0.0), "0 %");
        assert_eq!(of(1.0), "100 %");
        assert_eq!(of(0.5), "50 %");
        assert_eq!(of(0.058_3), "5.8 %");
        assert_eq!(of(0.01), "1 %");
        assert_eq!(of(0.001), "0.1 %");
        assert_eq!(of(0.000_012), "0.0012 %");
        assert_eq!(of(1e-9), "under 0.0001 %");
    }
}
