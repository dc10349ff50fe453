//! Taking paths out of a tree, the oldest first.

use std::mem;

use super::answer::Answer;
use super::size::{NODE_BYTES, ROOT_BYTES};
use super::{End, Inner, NOWHERE, NodeId, Tree};

/// How many leaves in use are passed over before one of them is forgotten all the same, so that forgetting takes no pause.
pub(super) const CHANCES: usize = 16;

impl Tree {
    /// Forgets the leaf that was unused for longest, with the nodes that led to nothing else. Says whether there was one.
    pub(in crate::recall) fn forget_oldest(&mut self) -> bool {
        let mut spared = 0;
        while let Some(leaf) = self.ages.pop_front() {
            let node = self.nodes.get_mut(leaf as usize);
            let is_used = node.is_some_and(|node| mem::take(node.used.get_mut()));
            if is_used && spared < CHANCES {
                spared += 1;
                self.ages.push_back(leaf);
                continue;
            }
            self.forget_leaf(leaf);
            return true;
        }
        false
    }

    fn forget_leaf(&mut self, leaf: NodeId) {
        self.leaves -= 1;
        let mut next = leaf;
        while let Some(parent) = self.remove(next) {
            match self.nodes.get_mut(parent as usize) {
                Some(node) => {
                    node.children -= 1;
                    if node.children > 0 {
                        return;
                    }
                }
                None => return,
            }
            next = parent;
        }
    }

    /// Takes a node out and gives its parent.
    fn remove(&mut self, node: NodeId) -> Option<NodeId> {
        let gone = self.nodes.try_remove(node as usize)?;
        if gone.parent == NOWHERE {
            self.roots.retain(|(_, root)| *root != node);
            self.bytes -= ROOT_BYTES;
        } else {
            let hash = self.hash(gone.parent, &gone.answer);
            if let Ok(edge) = self.edges.find_entry(hash, |edge| edge.node == node) {
                edge.remove();
            }
        }
        self.bytes -= NODE_BYTES + Answer::byte_len(&gone.answer);
        match gone.step {
            Inner::Ask { number, .. } => self.bytes -= self.questions.give_back(number),
            Inner::Decided(remembered) => {
                self.bytes -= End::Decided(remembered).byte_len();
            }
            Inner::Never => self.bytes -= End::Never.byte_len(),
        }
        Some(gone.parent)
    }
}
