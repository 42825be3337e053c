/**
 * Nouns that only say what is counted: `12 apples` is 12 apples and 12. The list is closed on purpose: a word that is
 * not in it may be a number (`3 myriads`), an operation or an opposite, and decides against equality where the gold
 * lacks it. Singular forms; the plural is found by `singular`. Source: the nouns after numbers in GSM8K and MATH.
 */

const NOUNS: ReadonlySet<string> = new Set(
  (
    'act action ad adult airplane album alien alligator angle animal answer ant apartment apple apricot arm ' +
    'arrangement arrow article artist asparagus athlete attempt avocado award baby back badge bag bagel bale ball ' +
    'balloon banana band bar barrel base basket basketball bat batch bath battery beach bead bean bear bed ' +
    'bedroom bee bell belt bench berry bicycle bike bill bird biscuit blanket block blueberry boat bone book ' +
    'bookmark boot bottle bouquet bow bowl box boy bracelet branch bread brick bridge brother brownie bucket bug ' +
    'building bulb bun bunch bunny burger burrito bus bush butterfly button cabbage cabin cage cake calculator ' +
    'calf call camel camera camper can candle candy cap car card carnation carpet carriage carrot cart carton ' +
    'cartoon case cat caterpillar celery cell center chair chapter character cheese cherry chess chest chick ' +
    'chicken child chip chocolate choice chore circle class classmate classroom client clip clock clown club ' +
    'coach coat coconut code coffee coin collection color column combination comic committee company computer ' +
    'cone container contestant cookie copy corner costume cotton couch country couple coupon course cousin cover ' +
    'cow cracker crane crate crayon crew crocodile crop crown cube cucumber cupcake curtain customer cut cycle ' +
    'daisy dancer date daughter deck deer desk dessert diamond digit dime dish doctor dog doll dolphin donation ' +
    'donkey donut door dot doughnut drawer drawing dress drink driver drop drum duck duckling ear earring edge ' +
    'egg element elephant elf email employee engine engineer entry envelope episode equation eraser error event ' +
    'exam exercise eye face fact factor factory fall family fan farm farmer feather fence field figure file film ' +
    'finger fish fisherman flag flamingo flashlight flavor flea flight floor flower flute fly folder food foot ' +
    'football fork form fountain fox friend frog fruit function game garden gate gem ghost gift giraffe girl ' +
    'glass glove goal goat goldfish goose grain grandchild grape graph grocery group guess guest guitar gumball ' +
    'guppy gym hair hamburger hamster hand handful hat head heart helmet hen hexagon hike hit hole home horse ' +
    'hospital hotdog hotel house human hurdle individual ingredient insect instrument integer intersection ' +
    'interview island item jacket jar jeans jelly jellybean jersey job jogger joke judge jug juice jump kangaroo ' +
    'key kid kind kite kitten knife koala label lace ladder lady lamb lamp lane lap laptop lawn lawyer leaf leg ' +
    'legos lemon lesson letter level library lid lime line lion list lizard loaf lobster log lollipop loop lot ' +
    'lunch machine magazine magnet mailbox man mango map marble mark marker mask mat match meal measure meatball ' +
    'medal meeting melon member message method mirror missile mistake model mom monkey monster moon motorcycle ' +
    'mouse movie muffin mug mushroom musician nail napkin narwhal necklace neighbor nest newspaper nickel night ' +
    'note notebook noun novel number nurse nut object octagon octopus offer office officer onion option orange ' +
    'orchid order ordering outcome outfit outlet owl owner oyster pack package packet page pail paint painting ' +
    'pair pan pancake panda panel pant paper parent park part participant partition party passage passenger pasta ' +
    'pastry patch path patient pattern paw pea peach peanut pear pearl pebble pen pencil penguin pentagon people ' +
    'pepper period permutation person pet petal phone photo photograph piano pickle picture pie piece pig pigeon ' +
    'pile pill pillow pin pineapple pirate pitcher pizza place plane planet plank plant plate player playlist ' +
    'plot plum pocket poem point pole polygon pony popsicle portion position post poster pot potato present ' +
    'president prize problem product program project pumpkin pup pupil puppy purse puzzle quadrilateral question ' +
    'quiz rabbit race racer rack radish raspberry rat rattle record rectangle reptile residence resident ' +
    'restaurant result rib ribbon rider ring river road robot rock roll room rooster root rope rose round route ' +
    'row rug run runner sack sailor salad sale sandwich scarf school scientist scoop score screw seal seashell ' +
    'season seat section seed segment selection seller sentence sequence serving session set shape share shark ' +
    'sheep sheet shelf shell ship shirt shoe shop shot shovel show shrimp sibling side sign singer sister site ' +
    'sketch skirt slice snack snail snake sock soda sofa soldier solution son song sort space spider spoon spot ' +
    'sprout square squirrel stage stair stamp star state station statue steak stem step stick sticker stitch stop ' +
    'store story stranger straw strawberry street string stripe student subject subset success suit suitcase ' +
    'survey swan sweater sweet swimmer symbol table tablespoon tablet tail tank tape task taxi teacher team ' +
    'teaspoon teddy teenager tennis tent term test text ticket tie tiger tile time tin tip tire toad tomato tool ' +
    'tooth top toy tractor trader train trainer tray treat tree trial triangle trip truck trumpet tube tulip ' +
    'turkey turn turtle twig type umbrella unicorn uniform unit user value van variable vase vegetable vehicle ' +
    'vertex video view villager violin visit visitor volunteer vote voter wagon waiter walk wall washer ' +
    'watermelon wave way website wedge whale wheel whistle widget windmill window wing winner wolf woman word ' +
    'work worker workout worm yarn year zebra zero zombie'
  ).split(' '),
);

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  (
    'children child people person men man women woman feet foot teeth tooth geese goose mice mouse dice die lives ' +
    'life knives knife leaves leaf loaves loaf wolves wolf shelves shelf halves half calves calf scarves scarf ' +
    'elves elf vertices vertex matrices matrix indices index grandchildren grandchild fishermen fisherman pennies ' +
    'penny pence penny'
  )
    .split(' ')
    .flatMap((word, i, all) => (i % 2 === 0 ? [[word, all[i + 1]!] as const] : [])),
);

/** The singular of an English noun, lower case; other words come back as they are. */
export function singular(word: string): string {
  const lower = word.toLowerCase();
  const irregular = IRREGULAR.get(lower);
  if (irregular !== undefined) return irregular;
  if (/[^aeiou]ies$/.test(lower) && lower.length > 4)
    return NOUNS.has(lower.slice(0, -1)) ? lower.slice(0, -1) : `${lower.slice(0, -3)}y`;
  if (/(?:s|x|z|ch|sh|[^aeiou]o)es$/.test(lower)) return lower.slice(0, -2);
  return /[^su]s$/.test(lower) && lower.length > 2 ? lower.slice(0, -1) : lower;
}

/** Chinese, Japanese and Korean words that count: 5 个, 12 人, 3 개. */
const COUNTERS =
  /^(?:个|個|人|名|只|隻|本|枚|台|辆|輛|张|張|条|條|件|种|種|次|回|位|匹|頭|头|棵|朵|颗|顆|块|塊|개|명|마리|권|대|번|장)\p{L}{0,2}$/u;

/** Whether `word` only says what is counted. */
export function isCounted(word: string): boolean {
  return NOUNS.has(singular(word)) || COUNTERS.test(word);
}
