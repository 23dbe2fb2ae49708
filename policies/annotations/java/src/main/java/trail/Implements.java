package trail;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Says that code implements a criterion.
 *
 * <pre>{@code
 * @Implements(workItem = "PROJ-1234", criterion = "AC-3")
 * Duration duration() { ... }
 * }</pre>
 */
@Documented
@Repeatable(Implements.All.class)
@Retention(RetentionPolicy.CLASS)
@Target({ElementType.TYPE, ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.FIELD, ElementType.PACKAGE})
public @interface Implements {
    /** The work item's key: {@code "PROJ-1234"}, {@code "owner/repo#12"} or {@code "#12"}. */
    String workItem();

    /** One criterion or several: {@code "AC-3"}, or {@code "AC-3@2"} for its revision 2. */
    String[] criterion();

    /** The revision, where one criterion is named without it; 0 for none. */
    int revision() default 0;

    /** Several on one thing; the compiler writes this. */
    @Documented
    @Retention(RetentionPolicy.CLASS)
    @Target({ElementType.TYPE, ElementType.METHOD, ElementType.CONSTRUCTOR, ElementType.FIELD, ElementType.PACKAGE})
    @interface All {
        /** Each of them. */
        Implements[] value();
    }
}
