use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

fn canonical(text: &str) -> String {
    Number::parse(text).unwrap().to_string()
}

#[test]
fn integral_numbers_that_fit_64_bits_are_integers() {
    let spellings = [
        ("0", 0),
        ("-0", 0),
        ("-0.0", 0),
        ("0e5", 0),
        ("0e-99999999999999999999", 0),
        ("1", 1),
        ("1.0", 1),
        ("1.000", 1),
        ("1e2", 100),
        ("1E+2", 100),
        ("100e-2", 1),
        ("12.5e1", 125),
        ("-7", -7),
        ("0.000001e6", 1),
        ("999999999999999999", 999_999_999_999_999_999),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
        ("9.223372036854775807e18", i64::MAX),
        ("1e18", 1_000_000_000_000_000_000),
    ];
    for (text, integer) in spellings {
        assert_eq!(Number::parse(text), Ok(Number::Integer(integer)), "{text}");
    }
}

#[test]
fn other_numbers_are_decimals_in_one_spelling() {
    let spellings = [
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("1e19", "10000000000000000000"),
        ("0.1", "0.1"),
        ("0.10", "0.1"),
        ("1e-1", "0.1"),
        ("-10.50", "-10.5"),
        ("12345678901234567890.5", "12345678901234567890.5"),
        ("1e20", "100000000000000000000"),
        ("123456789012345678901", "123456789012345678901"),
        ("1e21", "1e+21"),
        ("1234567890123456789012", "1.234567890123456789012e+21"),
        ("1e400", "1e+400"),
        ("-1E400", "-1e+400"),
        ("0.000001", "0.000001"),
        ("0.0000012", "0.0000012"),
        ("0.0000001", "1e-7"),
        ("0.00000015", "1.5e-7"),
        ("1e-999999999", "1e-999999999"),
        ("0.1e1000000000", "1e+999999999"),
        (
            "0.3000000000000000000000000000000000001",
            "0.3000000000000000000000000000000000001",
        ),
    ];
    for (text, decimal) in spellings {
        assert_eq!(
            Number::parse(text),
            Ok(Number::Decimal(decimal.to_owned())),
            "{text}"
        );
    }
}

#[test]
fn what_json_does_not_call_a_number_is_refused() {
    let texts = [
        "",
        "-",
        "+1",
        "01",
        "-01",
        "00",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1.e5",
        "1 ",
        " 1",
        "0x10",
        "1_000",
        "NaN",
        "Infinity",
        "-Infinity",
        "1e5.5",
        "--1",
        "1-",
        "٣",
        "1.5.5",
    ];
    for text in texts {
        assert_eq!(Number::parse(text), Err(NumberError::Malformed), "{text}");
    }
}

#[test]
fn digits_are_counted_from_the_first_that_is_not_zero() {
    let digits = |count: usize| "7".repeat(count);
    assert!(Number::parse(&digits(1_024)).is_ok());
    assert!(Number::parse(&format!("-0.{}{}", "0".repeat(5_000), digits(1_024))).is_ok());
    let refused = Number::parse(&digits(1_025)).unwrap_err();
    assert_eq!(refused, NumberError::TooManyDigits { digits: 1_025 });
    assert_eq!(
        refused.to_string(),
        "the number has 1025 digits; at most 1024 are accepted"
    );
    let million = format!("1{}", "0".repeat(1_000_000));
    assert_eq!(
        Number::parse(&million),
        Err(NumberError::TooManyDigits { digits: 1_000_001 })
    );
    let fraction = format!("0.5{}", "0".repeat(1_024));
    assert_eq!(
        Number::parse(&fraction),
        Err(NumberError::TooManyDigits { digits: 1_025 })
    );
}

#[test]
fn exponents_are_bounded() {
    for text in [
        "1e1000000000",
        "10e999999999",
        "1e-1000000000",
        "1e99999999999999999999999",
        "0.1e-999999999",
    ] {
        assert_eq!(
            Number::parse(text),
            Err(NumberError::ExponentTooLarge),
            "{text}"
        );
    }
}

#[test]
fn comparison_is_exact() {
    let rising = [
        "-1e+400",
        "-9223372036854775809",
        "-9223372036854775808",
        "-1.5",
        "-1.25",
        "-1",
        "-1e-7",
        "0",
        "1e-999999999",
        "0.1",
        "0.10000000000000000000000000001",
        "0.2",
        "1",
        "1.5",
        "9.99",
        "10",
        "10000",
        "10000.01",
        "9223372036854775807",
        "9223372036854775808",
        "100000000000000000000",
        "1e+21",
        "1.5e+21",
        "1e+400",
    ];
    for (left_place, left) in rising.iter().enumerate() {
        for (right_place, right) in rising.iter().enumerate() {
            let (left, right) = (Number::parse(left).unwrap(), Number::parse(right).unwrap());
            assert_eq!(
                left.cmp_exact(&right),
                left_place.cmp(&right_place),
                "{left} {right}"
            );
        }
    }
}

proptest! {
    #[test]
    fn canonical_text_is_idempotent(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,8})?") {
        let once = canonical(&text);
        prop_assert_eq!(canonical(&once), once);
    }

    #[test]
    fn integers_of_any_size_agree_with_128_bits(left: i128, right: i128) {
        let (a, b) = (Number::parse(&left.to_string()).unwrap(), Number::parse(&right.to_string()).unwrap());
        prop_assert_eq!(a.cmp_exact(&b), left.cmp(&right));
    }

    #[test]
    fn shifting_the_point_changes_the_spelling_only(digits in "[1-9][0-9]{0,20}", shift in 0_usize..40) {
        let shifted = format!("{digits}{}e-{shift}", "0".repeat(shift));
        prop_assert_eq!(canonical(&shifted), canonical(&digits));
    }

    #[test]
    fn layout_agrees_with_the_shortest_text_of_a_double(double in prop::num::f64::NORMAL) {
        let number = canonical(&format!("{double:e}"));
        prop_assert_eq!(number.parse::<f64>().unwrap(), double);
        prop_assert_eq!(Number::parse(&number).unwrap().cmp(&Number::Integer(0)) == Ordering::Less, double < 0.0);
    }
}
