package trail;

/** Writes XML text: what a test says may be anything. */
final class Xml {
    private Xml() {}

    /** Returns {@code  name="value"}; nothing for no value. */
    static String attribute(String name, String value) {
        return value == null ? "" : " " + name + "=\"" + text(value, true) + "\"";
    }

    /** Returns text as the content of an element. */
    static String text(String value) {
        return text(value, false);
    }

    private static String text(String value, boolean attribute) {
        StringBuilder out = new StringBuilder(value.length());
        value.codePoints().forEach(c -> append(out, c, attribute));
        return out.toString();
    }

    private static void append(StringBuilder out, int c, boolean attribute) {
        if (c == '&') {
            out.append("&amp;");
        } else if (c == '<') {
            out.append("&lt;");
        } else if (c == '>') {
            out.append("&gt;");
        } else if (c == '"') {
            out.append("&quot;");
        } else if (c == '\r' || attribute && (c == '\n' || c == '\t')) {
            // Read as a space or a line feed unless it is written as a reference.
            out.append("&#").append(c).append(';');
        } else if (legal(c)) {
            out.appendCodePoint(c);
        } else {
            // What XML 1.0 cannot carry is made visible, so that nothing is lost.
            out.append(String.format("\\x%02x", c));
        }
    }

    private static boolean legal(int c) {
        return c == '\t'
                || c == '\n'
                || c >= 0x20 && c <= 0xd7ff
                || c >= 0xe000 && c <= 0xfffd
                || c >= 0x10000;
    }
}
