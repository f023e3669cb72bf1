/** The keys of the plain front end, read out for `?`. */
export const HELP: readonly string[] = [
  'Help: Enter sends. A line that ends with a backslash goes on in the next one.',
  'Help: Up and Down give what was typed before. Backspace, Ctrl-U and Ctrl-W delete.',
  'Help: While a turn is at work, what you send waits for its end.',
  'Help: A question is answered with the number of an answer and Enter; other words are a no, and tell the model why.',
  'Help: Escape stops the turn. Ctrl-C clears the line, or stops the turn; twice leaves. Ctrl-D leaves.',
  'Help: Shift-Tab goes to the next mode. Ctrl-T reads the list of what is to do.',
  'Help: Ctrl-O reads the last exchange with everything unfolded. Ctrl-Z goes back to the shell.',
];
