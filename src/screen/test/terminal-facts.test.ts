import assert from 'node:assert/strict';
import { type Environment, toTerminalFacts, toThemeOptions } from '../index.ts';

const VSCODE = { TERM: 'xterm-256color', COLORTERM: 'truecolor', TERM_PROGRAM: 'vscode', LANG: 'en_US.UTF-8' };
const KITTY = { TERM: 'xterm-kitty', KITTY_WINDOW_ID: '1', COLORTERM: 'truecolor', LANG: 'en_US.UTF-8' };
const WINDOWS = { WT_SESSION: '3f1c', WT_PROFILE_ID: '{x}' };
const GNOME = { TERM: 'xterm-256color', VTE_VERSION: '7600', COLORTERM: 'truecolor', LANG: 'de_DE.UTF-8' };

describe('What a terminal can, by its environment', () => {
  const options = (environment: Environment, platform: NodeJS.Platform = 'linux', isTerminal = true) => toThemeOptions(environment, { isTerminal, platform });
  const facts = (environment: Environment, platform: NodeJS.Platform = 'linux') => toTerminalFacts(environment, { platform });

  it('has as many colours as the terminal, and as many as the person wants', () => {
    const levels: [Environment, number][] = [
      [{ TERM: 'xterm', NO_COLOR: '1' }, 0], [{ TERM: 'xterm', NO_COLOR: '' }, 1], [{ TERM: 'xterm-256color' }, 2], [{ TERM: 'xterm', COLORTERM: 'truecolor' }, 3], [{ TERM: 'xterm-direct' }, 3], [{ TERM: 'linux' }, 1],
      [{ TERM: 'dumb', FORCE_COLOR: '2' }, 2], [{ TERM: 'dumb', COLORTERM: 'truecolor' }, 0], [{}, 0], [VSCODE, 3], [KITTY, 3], [{ TERM: 'xterm-ghostty' }, 3], [GNOME, 3], [{ TERM: 'tmux-256color' }, 2], [{ TERM: 'tmux-256color', COLORTERM: 'truecolor' }, 3],
    ];
    for (const [environment, level] of levels) assert.equal(options(environment).level, level, JSON.stringify(environment));
    assert.deepEqual([options(WINDOWS, 'win32').level, options({}, 'win32').level, options({ TERM: 'xterm-256color' }, 'linux', false).level], [3, 2, 0]);
  });

  it('sends no colours of 24 bits to what reads them as other settings, though another terminal left COLORTERM behind', () => {
    assert.equal(options({ TERM: 'screen-256color', STY: '1.pts', COLORTERM: 'truecolor' }).level, 2);
    assert.equal(options({ TERM: 'xterm-256color', TERM_PROGRAM: 'Apple_Terminal', COLORTERM: 'truecolor' }, 'darwin').level, 2);
    assert.equal(options({ TERM: 'linux', COLORTERM: 'truecolor' }).level, 1);
    assert.equal(options({ TERM: 'screen-256color', STY: '1.pts', FORCE_COLOR: '3' }).level, 3);
  });

  it('draws in ASCII where the locale is not UTF-8, or a console of Windows is not known to draw more', () => {
    assert.deepEqual([{ LANG: 'C' }, { LANG: 'de_DE.UTF-8' }, { LANG: 'de_DE.UTF-8', LC_ALL: 'POSIX' }, { LC_CTYPE: 'en_US.utf8', LANG: 'C' }, {}].map((environment) => options(environment).unicode), [false, true, false, true, false]);
    assert.deepEqual([options({}, 'win32'), options(WINDOWS, 'win32'), options({ TERM_PROGRAM: 'vscode' }, 'win32'), options({}, 'darwin')].map(({ unicode }) => unicode), [false, true, true, true]);
  });

  it('knows a light background where the terminal tells', () => {
    assert.deepEqual([{ COLORFGBG: '0;15' }, { COLORFGBG: '0;default;15' }, { COLORFGBG: '15;0' }, {}].map((environment) => options(environment).background), ['light', 'light', 'dark', 'dark']);
  });

  it('makes links for terminals that know them, and never through another program', () => {
    const links = ([environment, platform]: [Environment, NodeJS.Platform?]): boolean => options(environment, platform).links;

    assert.deepEqual(([[VSCODE], [KITTY], [GNOME], [WINDOWS, 'win32'], [{ TERM: 'foot' }]] as [Environment, NodeJS.Platform?][]).map(links), [true, true, true, true, true]);
    assert.deepEqual(([[{ ...VSCODE, TMUX: '/x' }], [{ TERM: 'xterm' }], [{ ...GNOME, VTE_VERSION: '4601' }], [{ TERM: 'dumb', TERM_PROGRAM: 'vscode' }], [{ ...WINDOWS, TERM: 'screen' }]] as [Environment][]).map(links), [false, false, false, false, false]);
    assert.equal(toThemeOptions(KITTY, { isTerminal: true, platform: 'linux', words: true }).links, false);
  });

  it('names the innermost terminal, whatever the ones around it left behind', () => {
    const named: [Environment, string][] = [
      [VSCODE, 'vscode'], [{ ...VSCODE, KITTY_WINDOW_ID: '1' }, 'vscode'], [{ ...KITTY, TERM: 'tmux-256color', TMUX: '/x' }, 'tmux'], [{ ...VSCODE, TERM_PROGRAM: 'tmux' }, 'tmux'], [{ ...KITTY, TERM: 'screen', STY: '1' }, 'screen'], [{ ...KITTY, ZELLIJ: '0' }, 'zellij'],
      [{ TERM: 'xterm-ghostty' }, 'ghostty'], [{ TERM: 'xterm-256color', TERM_PROGRAM: 'WezTerm' }, 'wezterm'], [{ TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }, 'iterm'], [GNOME, 'vte'], [{ ...GNOME, KONSOLE_VERSION: '240801' }, 'konsole'], [{ TERM: 'alacritty' }, 'alacritty'],
      [{ TERM: 'dumb', TERM_PROGRAM: 'vscode' }, 'dumb'], [{ TERM: 'linux' }, 'linux'], [{ TERM: 'xterm-256color', TERM_PROGRAM: 'constructor' }, 'unknown'], [{}, 'unknown'],
    ];
    for (const [environment, name] of named) assert.equal(facts(environment).name, name, JSON.stringify(environment));
    assert.deepEqual([facts(WINDOWS, 'win32').name, facts({}, 'win32').name, facts({ TERM: 'xterm-256color', WT_SESSION: '1' }).name], ['windows-terminal', 'windows-console', 'windows-terminal']);
  });

  it('sends messages and pictures only in a form that the terminal is known to take', () => {
    const abilities = (environment: Environment) => { const { message, images, reportsFocus } = facts(environment); return [message, images, reportsFocus]; };

    assert.deepEqual(abilities(KITTY), ['osc99', 'kitty', true]);
    assert.deepEqual(abilities({ TERM_PROGRAM: 'iTerm.app', TERM: 'xterm-256color' }), ['osc9', 'iterm', true]);
    assert.deepEqual(abilities(VSCODE), [undefined, undefined, true]);
    for (const environment of [{ ...KITTY, TMUX: '/x' }, { TERM: 'screen' }, { TERM: 'dumb' }, { TERM: 'linux' }, {}]) assert.deepEqual(abilities(environment), [undefined, undefined, false]);
    assert.deepEqual([facts({ SSH_CONNECTION: '192.0.2.1 5 192.0.2.2 22' }).isRemote, facts({ SSH_CONNECTION: '' }).isRemote, facts({ TERM: 'dumb' }).isDumb], [true, false, true]);
  });
});
