# SPDX-License-Identifier: MIT
"""The completion scripts, loaded into the shells that they are for."""
import os
import shutil
import subprocess
import tempfile
import unittest

import mailscope

WORDS = {
    "mailscope ex": {"expect", "export"},
    "mailscope --max-r": {"--max-recipients"},
    "mailscope --profile ": {"sink", "strict"},
    "mailscope serve --auth-f": {"--auth-file"},
    "mailscope expect --subject": {"--subject", "--subject-contains",
                                   "--subject-matches"},
    "mailscope send --tls st": {"starttls"},
    "mailscope export --format mb": {"mbox"},
    "mailscope completion z": {"zsh"},
}

BASH = """
source "$1"
COMP_WORDS=($2)
[[ "$2" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
_mailscope
printf '%s\\n' "${COMPREPLY[@]}"
"""

# A real terminal: autoloaded from $fpath, the first tab completes.
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($PWD \\$fpath); autoload -Uz compinit; compinit -u -D"
zpty -w shell "stty cols 200; echo it is re''ady"
zpty -r -m shell seen '*it is ready*'
zpty -w -n shell $'mailscope export --format mb\\t'
zpty -r -m shell seen '*--format mbox*'
zpty -w -n shell $'\\C-umailscope --profile st\\t'
zpty -r -m shell seen '*--profile strict*'
zpty -d shell
print done
"""


class Completion(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="mailscope-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def script(self, shell):
        if shutil.which(shell) is None:
            self.skipTest("no %s here" % shell)
        path = os.path.join(self.folder, "_mailscope")
        with open(path, "w", encoding="utf-8") as file:
            file.write(mailscope.run("completion", shell).stdout)
        return path

    def run_shell(self, *command):
        done = subprocess.run(
            command, capture_output=True, text=True, check=False,
            cwd=self.folder, timeout=mailscope.WAIT_S * 2,
            env=dict(os.environ, HOME=self.folder, TERM="dumb"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout.splitlines()

    def test_bash(self):
        path = self.script("bash")
        for typed, words in WORDS.items():
            got = self.run_shell("bash", "--norc", "-c", BASH, "-", path, typed)
            self.assertEqual(set(got), words, typed)

    def test_fish(self):
        path = self.script("fish")
        for typed, words in WORDS.items():
            got = self.run_shell("fish", "--no-config", "-c",
                                 "source $argv[1]; complete -C $argv[2]",
                                 path, typed)
            self.assertEqual({line.split("\t")[0] for line in got}, words,
                             typed)

    def test_zsh(self):
        self.script("zsh")
        self.assertEqual(self.run_shell("zsh", "-f", "-c", ZSH), ["done"])

    def test_another_shell_is_not_known(self):
        self.assertEqual(mailscope.run("completion", "tcsh").returncode, 2)


if __name__ == "__main__":
    unittest.main()
