use std::cmp::Ordering;

use super::*;

fn decimal(text: &str) -> Decimal {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Spellings of one value each, in rising order.
const LADDER: [&[&str]; 19] = [
    &["-1e+30", "-1000000000000000000000000000000"],
    &["-12345678901234567890.5", "-12345678901234567890.50"],
    &["-10", "-1e1", "-10.0"],
    &["-9.999"],
    &["-1", "-1.0", "-10e-1"],
    &["-0.1", "-1e-1"],
    &["0", "-0", "0.0", "0e5", "-0.000e-99"],
    &["1e-999999999", "0.1e-999999998"],
    &["1.5e-7", "0.00000015"],
    &["0.000001", "1e-6"],
    &["0.1", "0.10", "1E-1"],
    &["0.11"],
    &["1", "1.0", "1e0", "100e-2"],
    &["1.5", "15e-1"],
    &["9.99"],
    &["10", "1e1", "1.0e+1"],
    &["9223372036854775807"],
    &["9223372036854775808", "9223372036854775.808e3"],
    &["1e+999999999", "10e999999998"],
];

#[test]
fn numbers_compare_by_their_exact_values() {
    for (left_rank, left) in LADDER.iter().enumerate() {
        for (right_rank, right) in LADDER.iter().enumerate() {
            for (left, right) in left
                .iter()
                .flat_map(|left| right.iter().map(move |right| (left, right)))
            {
                let (left, right) = (decimal(left), decimal(right));
                assert_eq!(
                    left.cmp(&right),
                    left_rank.cmp(&right_rank),
                    "{left} {right}"
                );
                assert_eq!(left == right, left_rank == right_rank, "{left} {right}");
            }
        }
    }
}

#[test]
fn floating_point_would_have_been_wrong() {
    assert!(decimal("0.1") < decimal("0.1000000000000000055511151231257827"));
    assert!(decimal("9007199254740993") > decimal("9007199254740992"));
    assert!(decimal("10000.000000000000000001") > 10_000);
}

#[test]
fn the_text_is_canonical_and_the_hosts() {
    for spellings in LADDER {
        for spelling in spellings {
            let host = lictor_policy::Number::parse(spelling).unwrap().to_string();
            assert_eq!(decimal(spelling).to_string(), host, "{spelling}");
        }
    }
    for (given, canonical) in [
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("123456789012345678901", "123456789012345678901"),
        ("1234567890123456789012", "1.234567890123456789012e+21"),
        ("0.000001", "0.000001"),
        ("0.0000001", "1e-7"),
        ("-12.50", "-12.5"),
    ] {
        assert_eq!(decimal(given).to_string(), canonical);
    }
}

#[test]
fn integers_are_numbers() {
    for integer in [
        0,
        1,
        -1,
        10,
        1_000,
        -5_000,
        9_007_199_254_740_993,
        i64::MAX,
        i64::MIN,
    ] {
        assert_eq!(Decimal::from(integer), decimal(&integer.to_string()));
        assert_eq!(Decimal::from(integer).to_string(), integer.to_string());
        assert!(decimal(&format!("{integer}.0")) == integer);
    }
    assert_eq!(decimal("4.5").partial_cmp(&5), Some(Ordering::Less));
}

#[test]
fn signs_are_told() {
    assert!(decimal("-0.01").is_negative());
    assert!(!decimal("-0").is_negative());
    assert!(decimal("-0.0").is_zero());
    assert!(!decimal("0.01").is_zero());
}

#[test]
fn floating_point_on_demand() {
    assert_eq!(decimal("0.1").as_f64(), 0.1);
    assert_eq!(decimal("-2.5e3").as_f64(), -2_500.0);
    assert_eq!(decimal("1e400").as_f64(), f64::INFINITY);
}

#[test]
fn what_is_no_json_number_is_refused() {
    for text in [
        "", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "e5", "1.e5", "0x1", "1_000", " 1",
        "1 ", "١", "NaN", "--1", "1e5.0",
    ] {
        assert_eq!(
            text.parse::<Decimal>(),
            Err(DecimalError::Malformed),
            "{text}"
        );
    }
    for text in [
        "1e1000000000",
        "1e-1000000001",
        "1e99999999999999999999999",
        "10e999999999",
    ] {
        assert_eq!(
            text.parse::<Decimal>(),
            Err(DecimalError::ExponentTooLarge),
            "{text}"
        );
    }
}

#[test]
fn every_spelling_means_what_it_means_to_the_host() {
    let mut numbers = Vec::new();
    for sign in ["", "-"] {
        for whole in [
            "0",
            "1",
            "9",
            "10",
            "100",
            "120",
            "99999999999999999999",
            "100000000000000000000",
        ] {
            for fraction in [
                "",
                ".0",
                ".5",
                ".05",
                ".50",
                ".000001",
                ".0000000",
                ".00000012300",
            ] {
                for exponent in [
                    "", "e0", "e1", "e-1", "E+5", "e-8", "e19", "e21", "e-22", "e300",
                ] {
                    let text = format!("{sign}{whole}{fraction}{exponent}");
                    let host = lictor_policy::Number::parse(&text).unwrap();
                    assert_eq!(decimal(&text).to_string(), host.to_string(), "{text}");
                    numbers.push((decimal(&text), host));
                }
            }
        }
    }
    for (left, left_host) in numbers.iter().step_by(7) {
        for (right, right_host) in numbers.iter().step_by(3) {
            assert_eq!(left.cmp(right), left_host.cmp(right_host), "{left} {right}");
        }
    }
}
