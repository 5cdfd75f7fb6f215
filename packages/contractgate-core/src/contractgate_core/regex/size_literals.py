"""What a choice of literals costs in the gateway's program, which shares their beginnings.

Source: the crate regex-automata 0.4, nfa/thompson/literal_trie.rs.
"""

from __future__ import annotations

from contractgate_core.regex.size_class import Cost

__all__ = ["LiteralTrie"]


class LiteralTrie:
    """Literals that share their beginnings, as far as their order allows.

    Each state is a list of chunks, and each chunk a table from a byte to a state. A chunk ends
    where a literal ends that takes precedence over all later ones.
    """

    def __init__(self) -> None:
        self._states: list[list[dict[int, int]]] = [[{}]]

    def add(self, data: bytes) -> None:
        """Add the bytes of the next literal."""
        state = 0
        for byte in data:
            chunk = self._states[state][-1]
            if byte not in chunk:
                chunk[byte] = len(self._states)
                self._states.append([{}])
            state = chunk[byte]
        chunks = self._states[state]
        if any(chunks) or len(chunks) == 1:
            chunks.append({})

    def cost(self) -> Cost:
        """Return what all of them cost."""
        states, heap = 1, 0
        for chunks in self._states:
            if not any(chunks):
                continue
            full = [len(chunk) for chunk in chunks if chunk]
            states += 1 + len(full)
            heap += 4 * (len(full) + len(chunks) - 1)
            heap += sum(8 * size for size in full if size > 1)
        return Cost(states, heap)
