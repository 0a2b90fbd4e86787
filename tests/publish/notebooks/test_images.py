import pytest

from publisher.publish.notebooks.images import size_of
from tests.publish import samples


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (samples.png(32, 24), (32, 24)),
        (b"GIF89a" + bytes([10, 0, 20, 0]) + b"rest", (10, 20)),
        (b'<?xml version="1.0"?>\n<svg width="300" height="150.4px">', (300, 150)),
        (b'<svg height="345.6pt" version="1.1" viewBox="0 0 460.8 345.6" width="460.8pt">', (614, 461)),
        (b"<svg viewBox='0 0 200 120'>", (200, 120)),
        (b'<svg width="100%" viewBox="0 0 200 120">', None),
        (b'<svg width="1e9" height="1">', None),
        (b'<svg width="99999" height="1">', None),
        (b"<svg>", None),
        (samples.png(32, 24)[:20], None),
        (b"\xff\xd8\xff\xe0", None),
        (b"", None),
    ],
)
def test_a_picture_tells_how_large_it_is(data, size):
    assert size_of(data) == size
