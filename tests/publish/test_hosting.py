import pytest

from publisher.publish.hosting import commit_page, file_page, web_address

COMMIT = "08d04df6a9b561eb146d3a7461f763869fdc48a7"


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("https://github.com/someone/paper", "https://github.com/someone/paper"),
        ("https://github.com/someone/paper.git", "https://github.com/someone/paper"),
        ("git@github.com:someone/paper.git", "https://github.com/someone/paper"),
        (
            "ssh://git@gitlab.example.org:2222/group/sub/paper.git",
            "https://gitlab.example.org/group/sub/paper",
        ),
        ("https://user:secret@github.com/someone/paper", "https://github.com/someone/paper"),
        ("/home/someone/paper", None),
        ("https://git.example.org/paper", None),
        ("javascript:alert(1)//github.com/a/b", None),
        ('https://github.com/a/b"onload=x', None),
        ("https://github.com/../../x", None),
        (None, None),
    ],
)
def test_only_hosts_that_we_know_become_links(remote, page):
    assert web_address(remote) == page


def test_a_commit_is_shown_where_its_host_shows_commits():
    assert commit_page("https://github.com/a/b", COMMIT) == f"https://github.com/a/b/commit/{COMMIT}"
    assert commit_page("git@gitlab.com:a/b.git", COMMIT) == f"https://gitlab.com/a/b/-/commit/{COMMIT}"
    assert commit_page("https://github.com/a/b", 'main" onclick=x') is None


def test_the_path_of_a_file_is_quoted():
    page = file_page("https://github.com/a/b", COMMIT, 'src/my "file".py')
    assert page == f"https://github.com/a/b/blob/{COMMIT}/src/my%20%22file%22.py"
    assert file_page("https://github.com/a/b", COMMIT, "~/elsewhere.py") is None
