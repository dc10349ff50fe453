use std::collections::HashMap;

use lictor_policy::{Effect, Source, Value};

use super::forget::CHANCES;
use super::size::{LEAF_BYTES, NODE_BYTES, ROOT_BYTES};
use super::*;

const SEED: u64 = 7;

fn revision(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// A path of texts at pointers.
fn path(asked: &[(&str, &str)]) -> Observations {
    let mut observations = Observations::new();
    for (pointer, text) in asked {
        let value = Value::Text((*text).to_owned());
        observations.push_get(Source::Request, pointer, Some(&value));
    }
    observations
}

fn decided(effect: Effect, observations: &Observations) -> End {
    End::Decided(Box::new(Remembered {
        decision: Arc::new(Decision::because(effect, "code", "message")),
        observations: Arc::new(observations.clone()),
        fuel: 0,
    }))
}

fn remember(
    tree: &mut Tree,
    revision: &Digest,
    asked: &[(&str, &str)],
    effect: Effect,
) -> Result<(), Contradiction> {
    let observations = path(asked);
    let end = decided(effect, &observations);
    let most = path_bytes(observations.raw(), &end);
    let before = tree.bytes();
    let answer = tree.remember(revision, observations.raw(), end);
    assert!(tree.bytes() - before <= most);
    answer
}

/// What the tree says to a request with these texts at the pointers.
fn recall(tree: &Tree, revision: &Digest, request: &[(&str, &str)]) -> Option<Effect> {
    let mut at = tree.root(revision)?;
    loop {
        match tree.step(at) {
            Step::Decided(remembered) => return Some(remembered.decision.effect),
            Step::Never => return None,
            Step::Ask(asked) => {
                let question = asked.question().unwrap().to_string();
                let (pointer, text) = request
                    .iter()
                    .find(|(pointer, _)| question.ends_with(&format!(" {pointer}")))?;
                let answer = path(&[(pointer, text)]);
                let (_, answer) = answer.raw().next().unwrap();
                at = tree.child(at, answer)?;
            }
        }
    }
}

/// Every node but the roots has a parent that counts it, every inner node a child, every node an edge, and the bytes are those
/// of what is there.
fn check(tree: &Tree) {
    let mut children = vec![0; tree.nodes.capacity()];
    let mut bytes = 0;
    for (id, node) in &tree.nodes {
        let id = NodeId::try_from(id).unwrap();
        bytes += NODE_BYTES + Answer::byte_len(&node.answer);
        if node.parent == NOWHERE {
            bytes += ROOT_BYTES;
            assert!(tree.roots.iter().any(|(_, root)| *root == id));
        } else {
            assert!(tree.nodes.contains(node.parent as usize));
            children[node.parent as usize] += 1;
            assert_eq!(tree.find(node.parent, &node.answer), Some(id));
            assert_eq!(tree.child(node.parent, &node.answer), Some(id));
        }
        match &node.step {
            Inner::Ask { number, asked } => assert!(tree.questions.is(*number, asked)),
            Inner::Decided(remembered) => bytes += LEAF_BYTES + remembered.byte_len(),
            Inner::Never => bytes += LEAF_BYTES,
        }
    }
    for (id, node) in &tree.nodes {
        assert_eq!(children[id], node.children);
        let is_leaf = !matches!(node.step, Inner::Ask { .. });
        assert_eq!(is_leaf, node.children == 0, "a path leads nowhere");
    }
    assert_eq!(tree.edges.len() + tree.roots.len(), tree.nodes.len());
    assert!(tree.roots.is_sorted_by_key(|(revision, _)| *revision));
    assert_eq!(tree.ages.len(), tree.leaves);
    assert_eq!(tree.bytes(), bytes + tree.questions.bytes());
}

#[test]
fn the_same_answers_lead_to_the_same_decision_and_no_others() {
    let mut tree = Tree::new(SEED);
    let first = revision("1");
    remember(
        &mut tree,
        &first,
        &[("/a", "x"), ("/b", "y")],
        Effect::Allow,
    )
    .unwrap();
    remember(&mut tree, &first, &[("/a", "z")], Effect::Deny).unwrap();
    check(&tree);
    let recalled = |revision, request: &[_]| recall(&tree, revision, request);
    assert_eq!(
        recalled(&first, &[("/a", "x"), ("/b", "y"), ("/c", "?")]),
        Some(Effect::Allow)
    );
    assert_eq!(recalled(&first, &[("/a", "z")]), Some(Effect::Deny));
    assert_eq!(recalled(&first, &[("/a", "x"), ("/b", "x")]), None);
    assert_eq!(recalled(&first, &[("/a", "y"), ("/b", "y")]), None);
    assert_eq!(recalled(&revision("2"), &[("/a", "x"), ("/b", "y")]), None);
}

#[test]
fn a_policy_that_contradicts_itself_changes_nothing() {
    let mut tree = Tree::new(SEED);
    let revision = revision("1");
    let asked = [("/a", "x"), ("/b", "y")];
    remember(&mut tree, &revision, &asked, Effect::Allow).unwrap();
    let bytes = tree.bytes();
    let contradicting: [(&[(&str, &str)], Effect); 5] = [
        (&[("/a", "x"), ("/b", "y")], Effect::Deny),
        (&[("/a", "x"), ("/c", "y")], Effect::Allow),
        (&[("/b", "x")], Effect::Allow),
        (&[("/a", "x")], Effect::Allow),
        (&[("/a", "x"), ("/b", "y"), ("/c", "z")], Effect::Allow),
    ];
    for (asked, effect) in contradicting {
        assert_eq!(
            remember(&mut tree, &revision, asked, effect),
            Err(Contradiction),
            "{asked:?}"
        );
    }
    assert_eq!(tree.bytes(), bytes);
    remember(&mut tree, &revision, &asked, Effect::Allow).unwrap();
    assert_eq!((tree.bytes(), tree.leaves()), (bytes, 1));
    check(&tree);
}

#[test]
fn what_is_used_outlives_what_is_not() {
    let mut tree = Tree::new(SEED);
    let revision = revision("1");
    for text in ["1", "2", "3"] {
        remember(&mut tree, &revision, &[("/a", text)], Effect::Allow).unwrap();
    }
    assert!(recall(&tree, &revision, &[("/a", "1")]).is_some());
    assert!(tree.forget_oldest());
    check(&tree);
    let left = ["1", "2", "3"].map(|text| recall(&tree, &revision, &[("/a", text)]).is_some());
    assert_eq!(left, [true, false, true]);
}

#[test]
fn forgetting_takes_no_pause_where_everything_is_in_use() {
    let mut tree = Tree::new(SEED);
    let revision = revision("1");
    for number in 0..1_000 {
        let text = number.to_string();
        remember(&mut tree, &revision, &[("/a", &text)], Effect::Allow).unwrap();
        assert!(recall(&tree, &revision, &[("/a", &text)]).is_some());
    }
    assert!(tree.forget_oldest());
    let spared = tree
        .nodes
        .iter()
        .filter(|(_, node)| {
            matches!(node.step, Inner::Decided(_)) && !node.used.load(Ordering::Relaxed)
        })
        .count();
    assert_eq!(spared, CHANCES);
    assert_eq!(tree.leaves(), 999);
}

#[test]
fn whatever_comes_and_goes_no_path_leads_nowhere() {
    // Numbers that look random and are the same in each run (splitmix64).
    let mut state = 1_u64;
    let mut below = move |bound: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (bits ^ (bits >> 27)) % bound
    };
    let mut tree = Tree::new(SEED);
    let revisions = [revision("1"), revision("2")];
    // What should be there: what was asked of which revision, and what was decided.
    let mut model: HashMap<(usize, Vec<(String, String)>), Effect> = HashMap::new();
    for step in 0..5_000 {
        let number = below(2) as usize;
        let texts: Vec<String> = (0..3).map(|_| below(5).to_string()).collect();
        // What is asked next depends on the answers.
        let mut asked = vec![("/id".to_owned(), texts[0].clone())];
        if texts[0] != "4" {
            asked.push((format!("/users/{}/role", texts[0]), texts[1].clone()));
            asked.push(("/last".to_owned(), texts[2].clone()));
        }
        // And so does the decision.
        let sum: u64 = texts.iter().map(|it| it.parse::<u64>().unwrap()).sum();
        let effect = match (texts[0] == "4", sum % 2) {
            (true, _) => Effect::Review,
            (_, 0) => Effect::Allow,
            _ => Effect::Deny,
        };
        let known = recall(&tree, &revisions[number], &borrowed(&asked));
        assert_eq!(known, model.get(&(number, asked.clone())).copied());
        remember(&mut tree, &revisions[number], &borrowed(&asked), effect).unwrap();
        model.insert((number, asked), effect);
        if below(3) == 0 {
            for _ in 0..below(20) {
                let before = tree.leaves();
                assert_eq!(tree.forget_oldest(), before > 0);
                assert_eq!(tree.leaves(), before.saturating_sub(1));
            }
            // Which ones are gone is the tree's affair; the others must be as they were.
            model.retain(|(number, asked), effect| {
                let known = recall(&tree, &revisions[*number], &borrowed(asked));
                assert!(known.is_none_or(|known| known == *effect));
                known.is_some()
            });
        }
        assert_eq!(tree.leaves(), model.len());
        if step % 50 == 0 {
            check(&tree);
        }
    }
    while tree.forget_oldest() {}
    check(&tree);
    assert_eq!((tree.bytes(), tree.leaves(), tree.nodes.len()), (0, 0, 0));
}

fn borrowed(asked: &[(String, String)]) -> Vec<(&str, &str)> {
    asked.iter().map(|(a, b)| (&**a, &**b)).collect()
}
