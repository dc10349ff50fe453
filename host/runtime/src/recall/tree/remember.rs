//! Adding a path to a tree.

use std::sync::atomic::AtomicBool;

use lictor_policy::Digest;

use super::answer::Answer;
use super::size::{NODE_BYTES, ROOT_BYTES};
use super::{Contradiction, Edge, End, Inner, NOWHERE, Node, NodeId, Place, Step, Tree};

impl Tree {
    /// Adds a path: questions with their answers, encoded, and how it ends. What is there already stays.
    ///
    /// # Errors
    /// The tree knows another question or another decision after the same answers; nothing has changed then.
    pub(in crate::recall) fn remember<'a>(
        &mut self,
        revision: &Digest,
        path: impl Iterator<Item = (&'a [u8], &'a [u8])>,
        end: End,
    ) -> Result<(), Contradiction> {
        let mut place = Place::Root(revision);
        for (question, answered) in path {
            // A node that was just added has no children, so what contradicts is met before anything is added.
            let node = match self.at(place) {
                Some(node) if self.asks(node, question) => node,
                Some(_) => return Err(Contradiction),
                None => match self.questions.take(question) {
                    Some((number, asked, bytes)) => {
                        self.bytes += bytes;
                        self.add(place, Inner::Ask { number, asked })
                    }
                    // Only what this host recorded is remembered, and that can be read.
                    None => return Err(Contradiction),
                },
            };
            place = Place::After(node, answered);
        }
        match self.at(place) {
            Some(leaf) if self.ends(leaf, &end) => Ok(()),
            Some(_) => Err(Contradiction),
            None => {
                self.add_leaf(place, end);
                Ok(())
            }
        }
    }

    fn at(&self, place: Place<'_>) -> Option<NodeId> {
        match place {
            Place::Root(revision) => self.root(revision),
            Place::After(parent, answer) => self.child(parent, answer),
        }
    }

    fn asks(&self, node: NodeId, question: &[u8]) -> bool {
        matches!(self.step(node), Step::Ask(asked) if *asked.encoded == *question)
    }

    fn ends(&self, leaf: NodeId, end: &End) -> bool {
        match (self.step(leaf), end) {
            (Step::Decided(known), End::Decided(now)) => {
                debug_assert_eq!(known.fuel, now.fuel, "equal answers, other fuel");
                known.decision == now.decision
            }
            (Step::Never, End::Never) => true,
            _ => false,
        }
    }

    fn add_leaf(&mut self, place: Place<'_>, end: End) {
        self.bytes += end.byte_len();
        self.leaves += 1;
        let node = self.add(
            place,
            match end {
                End::Decided(remembered) => Inner::Decided(remembered),
                End::Never => Inner::Never,
            },
        );
        self.ages.push_back(node);
    }

    fn add(&mut self, place: Place<'_>, step: Inner) -> NodeId {
        let (parent, answer) = match place {
            Place::Root(_) => (NOWHERE, &[][..]),
            Place::After(parent, answer) => (parent, answer),
        };
        self.serial += 1;
        self.bytes += NODE_BYTES + Answer::byte_len(answer);
        let node = self.nodes.insert(Node {
            parent,
            children: 0,
            last_child: NOWHERE,
            used: AtomicBool::new(false),
            serial: self.serial,
            answer: answer.into(),
            step,
        });
        // INVARIANT: the budget is far below what 32 bits count.
        let node = NodeId::try_from(node).expect("a node takes more than one byte of the budget");
        match place {
            Place::Root(revision) => self.add_root(revision, node),
            Place::After(parent, answer) => self.add_edge(parent, answer, node),
        }
        node
    }

    fn add_root(&mut self, revision: &Digest, node: NodeId) {
        self.bytes += ROOT_BYTES;
        let at = self.root_at(revision).unwrap_or_else(|at| at);
        self.roots.insert(at, (*revision, node));
    }

    fn add_edge(&mut self, parent: NodeId, answer: &[u8], node: NodeId) {
        let hash = self.hash(parent, answer);
        if let Some(parent) = self.nodes.get_mut(parent as usize) {
            parent.children += 1;
            parent.last_child = node;
        }
        self.edges
            .insert_unique(hash, Edge { hash, node }, |edge| edge.hash);
    }
}
