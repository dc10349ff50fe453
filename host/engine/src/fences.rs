//! What holds a compile worker in, as far as the kernel lets it.

use std::fmt;

/// The fences around a compile worker: each is up or, where the kernel refuses it, not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fences {
    /// Limits on address space and processor time; none of files, processes and core dumps.
    pub limits: bool,
    /// It can gain no privileges, and no other process may look into it.
    pub privileges: bool,
    /// Landlock forbids it every file. Needs Linux 6.2.
    pub files: bool,
    /// Seccomp lets it do nothing but read its input, write its answer, and use memory that can't be executed.
    pub calls: bool,
}

impl Fences {
    /// None of them.
    pub const NONE: Fences = Fences {
        limits: false,
        privileges: false,
        files: false,
        calls: false,
    };
    /// All of them.
    pub const ALL: Fences = Fences {
        limits: true,
        privileges: true,
        files: true,
        calls: true,
    };
    /// What a host demands unless it is told otherwise: all but Landlock, which not every kernel has, and which only says
    /// again for files what seccomp says for all system calls.
    pub const DEMANDED: Fences = Fences {
        files: false,
        ..Fences::ALL
    };

    /// Whether each of the others is also one of these.
    pub fn cover(&self, others: &Fences) -> bool {
        self.to_bits() & others.to_bits() == others.to_bits()
    }

    /// Those of these that are not among the others.
    #[must_use]
    pub fn without(&self, others: &Fences) -> Fences {
        Fences::from_bits(self.to_bits() & !others.to_bits())
    }

    pub(crate) fn to_bits(self) -> u8 {
        let Fences {
            limits,
            privileges,
            files,
            calls,
        } = self;
        u8::from(limits) | u8::from(privileges) << 1 | u8::from(files) << 2 | u8::from(calls) << 3
    }

    pub(crate) fn from_bits(bits: u8) -> Fences {
        let has = |bit: u8| bits & (1 << bit) != 0;
        Fences {
            limits: has(0),
            privileges: has(1),
            files: has(2),
            calls: has(3),
        }
    }
}

impl fmt::Display for Fences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.limits, "limits"),
            (self.privileges, "privileges"),
            (self.files, "files"),
            (self.calls, "calls"),
        ];
        let mut separator = "";
        for (_, name) in names.iter().filter(|(is_up, _)| *is_up) {
            write!(f, "{separator}{name}")?;
            separator = ", ";
        }
        if separator.is_empty() {
            f.write_str("none")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_fences_are_the_same() {
        for bits in 0..16 {
            assert_eq!(Fences::from_bits(bits).to_bits(), bits);
        }
        assert!(Fences::ALL.cover(&Fences::DEMANDED) && !Fences::DEMANDED.cover(&Fences::ALL));
        let missing = Fences::ALL.without(&Fences::DEMANDED);
        assert_eq!(missing.to_string(), "files");
        assert_eq!(Fences::NONE.to_string(), "none");
    }
}
